// The settings by which a node knows the providers of gift cards, payouts and coupons; part of the table in `setting_kinds.ts`.

import type { SettingKind } from "./setting_kind.ts";

export const providerSettingKinds = {
  tangoUrl: {
    environment: "LAUREL_TANGO_URL",
    type: "string",
    default: "https://api.tangocard.com/raas/v2",
    unit: "URL",
    sentence: "Where gift cards of Tango are ordered.",
  },
  tangoPlatform: {
    environment: "LAUREL_TANGO_PLATFORM",
    type: "string",
    default: null,
    unit: "name",
    sentence:
      "The platform that orders at Tango; without it, with its key and customer, gift cards stay earned and say why.",
  },
  tangoKey: {
    environment: "LAUREL_TANGO_KEY",
    type: "string",
    default: null,
    unit: "secret",
    sentence: "The platform's key at Tango.",
  },
  tangoCustomer: {
    environment: "LAUREL_TANGO_CUSTOMER",
    type: "string",
    default: null,
    unit: "id",
    sentence: "The customer at Tango whose accounts pay.",
  },
  paypalUrl: {
    environment: "LAUREL_PAYPAL_URL",
    type: "string",
    default: "https://api-m.paypal.com",
    unit: "URL",
    sentence: "Where PayPal takes payouts.",
  },
  paypalClientId: {
    environment: "LAUREL_PAYPAL_CLIENT_ID",
    type: "string",
    default: null,
    unit: "id",
    sentence: "Who we are at PayPal; without it and its secret, payouts stay earned and say why.",
  },
  paypalSecret: {
    environment: "LAUREL_PAYPAL_SECRET",
    type: "string",
    default: null,
    unit: "secret",
    sentence: "The secret of the client at PayPal.",
  },
  salesforceUrl: {
    environment: "LAUREL_SALESFORCE_URL",
    type: "string",
    default: null,
    unit: "URL",
    sentence:
      "The Data API of an instance of Salesforce Commerce, such as https://shop.example.com/s/-/dw/data/v23_2; without it, with site, client and secret, its coupons are not known.",
  },
  salesforceTokenUrl: {
    environment: "LAUREL_SALESFORCE_TOKEN_URL",
    type: "string",
    default: "https://account.demandware.com/dwsso/oauth2/access_token",
    unit: "URL",
    sentence: "Where Salesforce Commerce gives access tokens.",
  },
  salesforceSite: {
    environment: "LAUREL_SALESFORCE_SITE",
    type: "string",
    default: null,
    unit: "id",
    sentence: "The site whose coupons are handed out; suppliers name it as their settings_id.",
  },
  salesforceClientId: {
    environment: "LAUREL_SALESFORCE_CLIENT_ID",
    type: "string",
    default: null,
    unit: "id",
    sentence: "Who we are at Salesforce Commerce.",
  },
  salesforceSecret: {
    environment: "LAUREL_SALESFORCE_SECRET",
    type: "string",
    default: null,
    unit: "secret",
    sentence: "The secret of the client at Salesforce Commerce.",
  },
  couponRefillIntervalMs: {
    environment: "LAUREL_COUPON_REFILL_INTERVAL_MS",
    type: "integer",
    default: 60_000,
    unit: "ms",
    minimum: 100,
    maximum: 86_400_000,
    sentence:
      "How often suppliers whose coupons come from Salesforce Commerce are looked at; one that has a tenth of a refill left gets the next.",
  },
} as const satisfies { readonly [name: string]: SettingKind };
