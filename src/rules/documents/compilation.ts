// What the parts of one compilation share: the code so far, the errors so far, and what documents refer to.

import type { JsonObject, JsonValue } from "../../model/json.ts";
import { Assembler } from "../emit/assembler.ts";
import type { CompileErrors, Site } from "./compile_error.ts";
import { compileExpression } from "../emit/expression.ts";
import type { StaticType } from "../context_api/method.ts";
import type { Root } from "../opcodes.ts";
import { buildDocument, NOTHING_BUILT, parseSource } from "./build.ts";
import { expressionSource, Parameters, type Source, unsupportedPrefix } from "./parameters.ts";
import type { BuildContext, ControllerDraft, DataSources, Pc, TriggerMark, ValueSource } from "../program.ts";
import type { Expression } from "../parse/syntax.ts";

export interface References {
  readonly timeZone: string;
  readonly supplierIds: ReadonlySet<string>;
  readonly audienceIds: ReadonlySet<string>;
  readonly webhookIds: ReadonlySet<string>;
  /** Of those, the ones that nobody is in as far as triggers go. */
  readonly disabledAudienceIds: Set<string>;
}

export class Compilation {
  readonly assembler = new Assembler();
  readonly errors: CompileErrors;
  readonly marks: TriggerMark[] = [];
  readonly controllers: ControllerDraft[] = [];
  readonly references: References;
  /** What expressions of build time see: the controller that is compiled now. */
  build: BuildContext = NOTHING_BUILT;
  #alwaysTrue: Pc | null = null;

  /** @param errors may be those of several compilations */
  constructor(references: References, errors: CompileErrors) {
    this.references = references;
    this.errors = errors;
  }

  /**
   * The parameters of a part of a document. The one place where expressions of build time become what they yield, which may be an expression
   * of run time; whether one of those may stand in a parameter is said by how it is read: `source` and the like take it, all others refuse.
   */
  parameters(document: JsonObject, site: Site): Parameters {
    return new Parameters(buildDocument(document, this.build, site, this.errors), site, this.errors);
  }

  /** Code that yields true. */
  alwaysTrue(): Pc {
    if (this.#alwaysTrue === null) {
      this.#alwaysTrue = this.assembler.begin();
      this.assembler.emit("RETURN_TRUE");
    }
    return this.#alwaysTrue;
  }

  /** The syntax of a parameter's expression; null when it is refused, which is then reported. */
  parse(parameters: Parameters, name: string, source: Source): Expression | null {
    const parsed = parseSource(source);
    if (parsed.ok) return parsed.value;
    this.errors.add(parameters.site, name, parsed.error.message, parsed.error.place);
    return null;
  }

  /** Emits an expression where the code stands; its type, or null when it is refused. */
  emit(parameters: Parameters, name: string, expression: Expression, root: Root): StaticType | null {
    const compiled = compileExpression(this.assembler, expression, root);
    if (compiled.ok) return compiled.value;
    this.errors.add(parameters.site, name, compiled.error.message, compiled.error.place);
    return null;
  }

  /** Code of its own that yields the expression's value. */
  entry(parameters: Parameters, name: string, source: Source, root: Root): { pc: Pc; type: StaticType } | null {
    const expression = this.parse(parameters, name, source);
    return expression === null ? null : this.entryOf(parameters, name, expression, root);
  }

  entryOf(
    parameters: Parameters,
    name: string,
    expression: Expression,
    root: Root,
  ): { pc: Pc; type: StaticType } | null {
    const pc = this.assembler.begin();
    const type = this.emit(parameters, name, expression, root);
    this.assembler.emit("RETURN");
    return type === null ? null : { pc, type };
  }

  /** A parameter that may be a literal or an expression; null when absent. */
  source(parameters: Parameters, name: string): ValueSource | null {
    const value = parameters.value(name);
    return value === undefined ? null : this.sourceOf(parameters, name, value);
  }

  requiredSource(parameters: Parameters, name: string): ValueSource {
    parameters.require(name);
    return this.source(parameters, name) ?? ABSENT;
  }

  sourceOf(parameters: Parameters, name: string, value: JsonValue, root: Root = "context"): ValueSource {
    const source = expressionSource(value);
    if (source === null) {
      const prefix = unsupportedPrefix(value);
      if (prefix !== null) parameters.report(name, `${prefix} is not supported here in this release`);
      return { kind: "constant", value };
    }
    const entry = this.entry(parameters, name, source, root);
    if (entry === null) return ABSENT;
    if (!isData(entry.type) && !(root === "display_context" && entry.type === "response_builder")) {
      parameters.report(
        name,
        `the expression yields a ${typeof entry.type === "object" ? "list of things" : entry.type}, which is no data`,
      );
    }
    return { kind: "code", pc: entry.pc };
  }

  /** A map of parameters, each of which may be a literal or an expression. */
  sources(parameters: Parameters, name: string): DataSources {
    const map = parameters.map(name) ?? {};
    return Object.fromEntries(
      Object.entries(map).map(([key, value]) => [key, this.sourceOf(parameters, `${name}.${key}`, value)]),
    );
  }
}

const ABSENT: ValueSource = { kind: "constant", value: null };

const dataTypes: ReadonlySet<StaticType> = new Set<StaticType>([
  "any",
  "null",
  "boolean",
  "number",
  "string",
  "map",
  "list",
  "named_value",
]);

function isData(type: StaticType): boolean {
  return typeof type === "object" ? isData(type.list) : dataTypes.has(type);
}
