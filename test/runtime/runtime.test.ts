// The runtime as a whole, with the log in a directory; over NATS in `over_nats.test.ts`.

import { runtimeCases } from "./runtime_cases.ts";

runtimeCases();
