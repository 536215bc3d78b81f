// The parser of Handlebars by itself, which the types of that package know as a part of the whole only.

/// <reference types="handlebars" />

declare module "handlebars/dist/cjs/handlebars/compiler/base.js" {
  export function parse(source: string): hbs.AST.Program;
}
