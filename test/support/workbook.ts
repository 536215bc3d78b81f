// A workbook (xlsx) as spreadsheets write them, with as much of it as readers of tables look at.

import { foldZip } from "../../src/base/zip.ts";

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';

export interface BookParts {
  readonly sheet: string;
  readonly shared?: string;
  readonly workbook?: string;
  readonly target?: string;
  readonly more?: { readonly [path: string]: string };
}

export function book({ sheet, shared, workbook = "", target = "worksheets/sheet1.xml", more = {} }: BookParts): Buffer {
  const files: { [path: string]: string } = {
    "xl/workbook.xml": `${XML}<workbook><workbookPr${workbook}/><sheets><sheet name="Codes" sheetId="1" r:id="rId3"/><sheet name="More" sheetId="2" r:id="rId4"/></sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": `${XML}<Relationships><Relationship Id="rId4" Target="worksheets/sheet2.xml"/><Relationship Id="rId3" Target="${target}"/></Relationships>`,
    "xl/worksheets/sheet1.xml": `${XML}<worksheet><cols><col min="1" max="1"/></cols><sheetData>${sheet}</sheetData><rowBreaks/></worksheet>`,
    "xl/worksheets/sheet2.xml": `${XML}<worksheet><sheetData><row><c><v>9</v></c></row></sheetData></worksheet>`,
    ...(shared === undefined ? {} : { "xl/sharedStrings.xml": `${XML}<sst>${shared}</sst>` }),
    ...more,
  };
  return Buffer.from(
    foldZip(Object.fromEntries(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]))),
  );
}
