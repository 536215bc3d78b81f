// The runtime's tests again, with the log on a NATS server and the node as a node of a cluster.

import { describe } from "vitest";
import { natsServerOfFile } from "../log/jetstream/jetstream_fixture.ts";
import { configurationCases } from "./configurations_cases.ts";
import { explanationCases } from "./explanations_cases.ts";
import { keepLogsOnNats } from "./open_node.ts";
import { runtimeCases } from "./runtime_cases.ts";

keepLogsOnNats(natsServerOfFile());
describe("configurations", configurationCases);
describe("explanations", explanationCases);
runtimeCases();
