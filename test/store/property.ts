// fast-check, with a seed that the environment can repeat.
import * as fc from "fast-check";

const seed = process.env["LAUREL_TEST_SEED"];
fc.configureGlobal({ numRuns: 200, ...(seed === undefined ? {} : { seed: Number(seed) }) });

export { fc };
