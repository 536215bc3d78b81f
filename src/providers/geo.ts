// Geo: the country of an address, from a MaxMind database. The only file that knows `maxmind`.

import { isIP } from "node:net";
import { type CountryResponse, open } from "maxmind";
import { WrongSetting } from "../base/wrong_setting.ts";

/** ISO 3166-1 alpha-2, upper case; null: not known. */
export type CountryOf = (ip: string) => string | null;

/** Addresses whose answer is remembered: about 100 bytes each. */
const ADDRESSES_REMEMBERED_MAX = 10_000;

/** @throws WrongSetting when the file is no such database */
export async function openGeo(path: string): Promise<CountryOf> {
  const reader = await opened(path);
  return (ip) => {
    if (isIP(ip) === 0) return null;
    const found = reader.get(ip);
    const code = found?.country?.iso_code ?? found?.registered_country?.iso_code;
    return typeof code === "string" && /^[A-Z]{2}$/.test(code) ? code : null;
  };
}

async function opened(path: string): Promise<Awaited<ReturnType<typeof open<CountryResponse>>>> {
  try {
    return await open<CountryResponse>(path, { cache: { max: ADDRESSES_REMEMBERED_MAX } });
  } catch (error) {
    throw new WrongSetting(`${path} is no MaxMind database`, { cause: error });
  }
}
