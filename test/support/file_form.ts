// A table as a form, as a back end uploads it.

const BOUNDARY = "----a-form";
export const formHeaders: Record<string, string> = { "content-type": `multipart/form-data; boundary=${BOUNDARY}` };

export const TABLE = "event_name,email\nregistered,ann@example.com\nregistered,bob@example.com\n";

/** @param metadata what is said of the file beside its name */
export function fileForm(name: string, table: string | null, metadata: object = {}, filename = "table.csv"): string {
  const said = JSON.stringify({ name, ...metadata });
  const head = (disposition: string): string =>
    `--${BOUNDARY}\r\ncontent-disposition: form-data; ${disposition}\r\n\r\n`;
  const file = table === null ? "" : `${head(`name="file"; filename="${filename}"`)}${table}\r\n`;
  return `${head('name="fileAssetMetadata"')}${said}\r\n${file}--${BOUNDARY}--\r\n`;
}
