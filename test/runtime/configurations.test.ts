// Configuration through the log of a directory; over NATS in `over_nats.test.ts`.

import { configurationCases } from "./configurations_cases.ts";

configurationCases();
