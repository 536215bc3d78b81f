// DISPLAY and CREATIVE: what a zone shows. A DISPLAY says it with expressions, a CREATIVE with the templates of an uploaded archive.

import { creativeClasses } from "../../model/action.ts";
import type { Compilation } from "../documents/compilation.ts";
import type { ActionBase, CompiledAction } from "./compiled_action.ts";
import { compileCreativeArchive } from "./creative.ts";
import type { Parameters } from "../documents/parameters.ts";
import { compileTree } from "../documents/value_tree.ts";

export const displayFields = ["headers", "body", "response"];
export const creativeFields = ["classification", "api_version", "theme_version", "archive"];

export function compileDisplay(base: ActionBase, parameters: Parameters, compilation: Compilation): CompiledAction {
  return {
    ...base,
    type: "DISPLAY",
    headers: compileTree(parameters, "headers", compilation, "display_context"),
    body: compileTree(parameters, "body", compilation, "display_context"),
    response: compileTree(parameters, "response", compilation, "display_context"),
  };
}

/** Without an archive it shows nothing: it may be published before its creative is there. */
export function compileCreative(base: ActionBase, parameters: Parameters, compilation: Compilation): CompiledAction {
  const given = parameters.oneOf("classification", creativeClasses);
  const archive = parameters.text("archive");
  const creative = archive === null ? null : compileCreativeArchive(archive, parameters, compilation);
  if (creative !== null && given !== null && creative.classification !== given)
    parameters.report("classification", `the archive holds a creative of class ${creative.classification}`);
  return {
    ...base,
    type: "CREATIVE",
    classification: creative?.classification ?? given ?? "PAGE",
    parts: creative?.parts ?? null,
  };
}
