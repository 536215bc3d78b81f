// The runtime's tests again, as a front in a thread of its own has it. Over NATS, nodes of several fronts run in `test/cluster/scenarios.test.ts`.

import { describe } from "vitest";
import { configurationCases } from "./configurations_cases.ts";
import { explanationCases } from "./explanations_cases.ts";
import { callThroughPort } from "./open_node.ts";
import { runtimeCases } from "./runtime_cases.ts";

callThroughPort();
describe("configurations", configurationCases);
describe("explanations", explanationCases);
runtimeCases();
