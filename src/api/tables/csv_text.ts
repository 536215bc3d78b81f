// Tables as text for spreadsheets (RFC 4180), with commas or another delimiter.

/** What a spreadsheet would take for a formula is written as text: names come from anybody. */
const formulaPattern = /^[=+\-@\t\r]/;

export function csvText(rows: readonly (readonly string[])[], delimiter = ","): string {
  return rows.map((row) => `${row.map((text) => cell(text, delimiter)).join(delimiter)}\r\n`).join("");
}

function cell(text: string, delimiter: string): string {
  const shown = formulaPattern.test(text) ? `'${text}` : text;
  return shown.includes(delimiter) || /["\r\n]/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}
