// The settings of what leaves a node: attempts, how many at a time, mails, and where calls may go; part of the table in `setting_kinds.ts`.

import type { SettingKind } from "./setting_kind.ts";

export const outgoingSettingKinds = {
  fulfillmentThreads: {
    environment: "LAUREL_FULFILLMENT_THREADS",
    type: "integer",
    default: 1,
    unit: "threads",
    minimum: 1,
    maximum: 16,
    sentence: "Threads that make calls to the outside, apart from those of the partitions.",
  },
  deliveriesInFlightMax: {
    environment: "LAUREL_DELIVERIES_IN_FLIGHT_MAX",
    type: "integer",
    default: 1_024,
    unit: "attempts",
    minimum: 1,
    maximum: 65_536,
    sentence: "Attempts to the outside under way at this node; what is ready beyond them waits.",
  },
  subscriberInFlightMax: {
    environment: "LAUREL_SUBSCRIBER_IN_FLIGHT_MAX",
    type: "integer",
    default: 64,
    unit: "attempts",
    minimum: 1,
    maximum: 65_536,
    sentence: "The same of one subscriber, such as a webhook: what hangs takes no more from the others.",
  },
  subscriberRatePerSecond: {
    environment: "LAUREL_SUBSCRIBER_RATE_PER_SECOND",
    type: "integer",
    default: 0,
    unit: "attempts",
    minimum: 0,
    maximum: 1_000_000,
    sentence: "Attempts that one subscriber gets a second and node; 0: no limit.",
  },
  deliveryTimeoutMs: {
    environment: "LAUREL_DELIVERY_TIMEOUT_MS",
    type: "integer",
    default: 15_000,
    unit: "ms",
    minimum: 100,
    maximum: 120_000,
    sentence: "How long one attempt to the outside may take.",
  },
  smtpUrl: {
    environment: "LAUREL_SMTP_URL",
    type: "string",
    default: null,
    unit: "secret",
    sentence:
      "Server that mails are handed to: smtp://user:password@host:587; `outbox` below the data directory gets them as files when not set.",
  },
  mailFrom: {
    environment: "LAUREL_MAIL_FROM",
    type: "string",
    default: "Laurel <no-reply@localhost>",
    unit: "address",
    sentence: "Who mails are from.",
  },
  outgoingAllow: {
    environment: "LAUREL_OUTGOING_ALLOW",
    type: "string",
    default: null,
    unit: "networks",
    sentence:
      "Private and local networks that calls may go to nevertheless, such as 127.0.0.1,10.1.0.0/16; none when not set.",
  },
} as const satisfies { readonly [name: string]: SettingKind };
