import { expect, test } from "vitest";
import { referenceProgram } from "../../bench/programs.ts";
import { bytecodeReference, candidates, compileProgram, disassemble, trace } from "../../src/rules/mod.ts";
import { context, event, expressionTrigger, match, onEvent, person, programOf, step } from "./fixtures.ts";

test("smoke", () => {
  const result = compileProgram(referenceProgram());
  if (!result.ok) console.log(result.error);
  expect(result.ok).toBe(true);
  expect(match([onEvent("Purchase")])).toBe(true);
  const p = programOf([onEvent("Purchase"), expressionTrigger("context.getPerson().getSteps().filter(s => s.getStepName() === 'converted').length > 1 || context.getOtherPerson() === null && Number(context.getCauseEvent().getData().x) >= 5")]);
  console.log(disassemble(p, p.controllers[0]!.matching));
  console.log(bytecodeReference());
  console.log(trace(p, p.controllers[0]!.matching, context(p, {event: event({data: {x: "7"}}), person: person({steps: [step(), step()]})})));
  console.log(candidates(p, event()).length);
});
