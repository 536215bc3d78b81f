// The contract's schemas as its own answers keep to them.

/**
 * Without `required` and with null where a value may be absent: the contract's lists of required members over-claim, and its nullable members under-claim,
 * as its own documented answers show; and a literal is told from an expression by a pattern that no value but a text can fail.
 */
export function loosened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(loosened);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .filter(
      ([name]) => !["required", "discriminator", "example", "nullable", "readOnly", "format", "not"].includes(name),
    )
    .map(([name, each]) => [name === "oneOf" ? "anyOf" : name, loosened(each)] as const);
  const schema: Record<string, unknown> = Object.fromEntries(entries);
  return typeof schema["type"] === "string"
    ? { ...schema, type: [schema["type"], "null"], ...nullable(schema) }
    : schema;
}

function nullable(schema: Record<string, unknown>): object {
  return Array.isArray(schema["enum"]) ? { enum: [...schema["enum"], null] } : {};
}
