// Servers that tests run beside the product: found on the machine, or installed from Debian.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Above what an installation takes on a slow machine; another one that holds the lock included. */
const INSTALL_TIMEOUT_MS = 240_000;
const LOCK_TIMEOUT_S = 100;

/** One after the other, since apt refuses whoever comes second. A new machine has no package lists yet. */
const INSTALL = `command -v "$1" || $APT install "$1" || { apt-get update && $APT install "$1"; }`;
const APT = `apt-get -y --no-install-recommends -o DPkg::Lock::Timeout=${LOCK_TIMEOUT_S}`;

/** Where programs are that are not for every user's PATH. */
const MORE_DIRECTORIES = ["/usr/sbin", "/usr/local/bin"];

/**
 * The path of a program whose Debian package has its name: on the PATH or where Debian puts it; installed on Debian when this runs as root.
 * Throws with a sentence where that is not possible.
 */
export function programOf(name: string): string {
  return find(name) ?? install(name);
}

function find(name: string): string | null {
  const directories = [...(process.env["PATH"] ?? "").split(":"), ...MORE_DIRECTORIES];
  return directories.map((directory) => join(directory, name)).find((file) => existsSync(file)) ?? null;
}

function install(name: string): string {
  const missing = `these tests need ${name} on the PATH; on Debian, as root, they install it themselves`;
  if (!existsSync("/etc/debian_version") || process.getuid?.() !== 0) throw new Error(missing);
  try {
    const lock = join(tmpdir(), "laurel-apt.lock");
    execFileSync("flock", [lock, "sh", "-c", INSTALL, "sh", name], {
      stdio: "pipe",
      timeout: INSTALL_TIMEOUT_MS,
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", APT },
    });
  } catch (error) {
    throw new Error(`${missing}; apt-get failed`, { cause: error });
  }
  const program = find(name);
  if (program === null) throw new Error(missing);
  return program;
}
