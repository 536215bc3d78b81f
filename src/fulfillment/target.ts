// TargetGuard: which addresses calls may go to. Clients name them, so they are hostile until they are known not to lead inside.
//
//   G1. A name counts for nothing, only addresses: each one that it resolves to, and the one that is connected to in the end.
//   G2. It is looked at again at every connection: what a name resolves to changes.

import { WrongSetting } from "../base/wrong_setting.ts";
import { BlockList, isIP } from "node:net";

/** IANA's special-purpose addresses: private, loopback, link-local (and with it the metadata of clouds), shared, reserved, multicast, and ways to wrap those. */
const inside: readonly (readonly [network: string, bits: number, family: "ipv4" | "ipv6"])[] = [
  ["0.0.0.0", 8, "ipv4"],
  ["10.0.0.0", 8, "ipv4"],
  ["100.64.0.0", 10, "ipv4"],
  ["127.0.0.0", 8, "ipv4"],
  ["169.254.0.0", 16, "ipv4"],
  ["172.16.0.0", 12, "ipv4"],
  ["192.0.0.0", 24, "ipv4"],
  ["192.0.2.0", 24, "ipv4"],
  ["192.88.99.0", 24, "ipv4"],
  ["192.168.0.0", 16, "ipv4"],
  ["198.18.0.0", 15, "ipv4"],
  ["198.51.100.0", 24, "ipv4"],
  ["203.0.113.0", 24, "ipv4"],
  ["224.0.0.0", 4, "ipv4"],
  ["240.0.0.0", 4, "ipv4"],
  ["::", 96, "ipv6"],
  ["::ffff:0:0:0", 96, "ipv6"],
  ["64:ff9b::", 96, "ipv6"],
  ["64:ff9b:1::", 48, "ipv6"],
  ["100::", 64, "ipv6"],
  ["2001::", 23, "ipv6"],
  ["2001:db8::", 32, "ipv6"],
  ["2002::", 16, "ipv6"],
  ["3fff::", 20, "ipv6"],
  ["5f00::", 16, "ipv6"],
  ["fc00::", 7, "ipv6"],
  ["fe80::", 10, "ipv6"],
  ["fec0::", 10, "ipv6"],
  ["ff00::", 8, "ipv6"],
];

/** Names that lead inside wherever they are resolved. */
const insideNames = /(^|\.)(localhost|local|internal|intranet|lan|home|corp)\.?$/;

/** Below it only those of the web: mail, databases and the like answer to text, too. */
const UNPRIVILEGED_PORT = 1024;

export class TargetGuard {
  readonly #inside = new BlockList();
  readonly #allowed = new BlockList();
  readonly #isAnyAllowed: boolean;

  /** @param allowed networks such as `127.0.0.1` or `10.1.0.0/16` that may be reached nevertheless. Throws a sentence when one is none. */
  constructor(allowed: readonly string[]) {
    for (const [network, bits, family] of inside) this.#inside.addSubnet(network, bits, family);
    for (const network of allowed) addNetwork(this.#allowed, network);
    this.#isAnyAllowed = allowed.length > 0;
  }

  /** Why no call goes to that address; null: it may. */
  refusalOfAddress(address: string | undefined): string | null {
    const version = address === undefined ? 0 : isIP(address);
    if (address === undefined || version === 0) return "no address";
    const family = version === 4 ? "ipv4" : "ipv6";
    if (this.#allowed.check(address, family)) return null;
    return this.#inside.check(address, family) ? `${address} is a private or local address` : null;
  }

  /** The same of what can be known of an address in the web without resolving its name. */
  refusalOfUrl(url: URL): string | null {
    const { protocol, hostname, port, username, password } = url;
    if (protocol !== "http:" && protocol !== "https:") return `${protocol} is not of the web`;
    if (username !== "" || password !== "") return "the address holds credentials";
    const number = Number(port);
    if (port !== "" && number < UNPRIVILEGED_PORT && number !== 80 && number !== 443)
      return `port ${port} is not of the web`;
    const address = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
    if (isIP(address) !== 0) return this.refusalOfAddress(address);
    return !this.#isAnyAllowed && insideNames.test(hostname) ? `${hostname} is a local name` : null;
  }
}

function addNetwork(list: BlockList, network: string): void {
  const [address = "", bits, ...rest] = network.trim().split("/");
  const version = isIP(address);
  const length = bits === undefined ? (version === 4 ? 32 : 128) : Number(bits);
  if (
    version === 0 ||
    rest.length > 0 ||
    !Number.isInteger(length) ||
    length < 0 ||
    length > (version === 4 ? 32 : 128)
  )
    throw new WrongSetting(`${network} is no network such as 127.0.0.1 or 10.1.0.0/16`);
  list.addSubnet(address, length, version === 4 ? "ipv4" : "ipv6");
}
