/** What lists filter by: the name in any case; a star at the end stands for whatever follows. */
export function isNamed(value: unknown, wanted: string): boolean {
  if (typeof value !== "string") return false;
  const [name, pattern] = [value.toLowerCase(), wanted.toLowerCase()];
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
