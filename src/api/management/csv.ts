// Tables as text for spreadsheets (RFC 4180).

/** What a spreadsheet would take for a formula is written as text: names come from anybody. */
const formulaPattern = /^[=+\-@\t\r]/;

export function csvText(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

function cell(text: string): string {
  const shown = formulaPattern.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}
