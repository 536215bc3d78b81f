// Explanations through the whole runtime, with the log in a directory; over NATS in `over_nats.test.ts`.

import { explanationCases } from "./explanations_cases.ts";

explanationCases();
