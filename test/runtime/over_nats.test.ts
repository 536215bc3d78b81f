// The runtime's tests again, with the log on a NATS server and the node as a node of a cluster.

import { natsServerOfFile } from "../log/jetstream/jetstream_fixture.ts";
import { keepLogsOnNats } from "./open_node.ts";

keepLogsOnNats(natsServerOfFile());

await import("./configurations.test.ts");
await import("./explanations.test.ts");
await import("./runtime.test.ts");
