// One record of each form, byte by byte as it was written: state is made anew from logs of earlier versions, so all of them stay readable.
//
// A form that is written no more keeps its line here, and a new one gets a line of its own. No line is ever edited.

import { expect, it } from "vitest";
import { describePayload } from "../../src/engine/describe.ts";
import { readRecord, viewOf } from "../../src/log/mod.ts";

const written = [
  {
    name: "an event in its envelope",
    bytes:
      "gAAAAAUAAQEAAAAAAADwPwAQgKptt3lCEQAAAGcSAAABBAAAZGVtb3siZXZlbnRfbmFtZSI6ImNvbnZlcnRlZCIsImV2ZW50X3RpbWUiOiIyMDI2LTAxLTAxVDAwOjAwOjAwLjAwMFoiLCJkYXRhIjp7ImVtYWlsIjoiZnJhbmtAZXhhbXBsZS5jb20iLCJvcmRlcl9pZCI6IkEtMSJ9fQ==",
    header: { kind: 1, flags: 1, partition: 5, sequence: 1, timeMs: 1767225600001, idHigh: 17, idLow: 4711 },
    says: {
      client: "demo",
      name: "converted",
      eventMs: 1767225600000,
      data: { email: "frank@example.com", order_id: "A-1" },
      enrichment: null,
    },
  },
  {
    name: "an event with its name apart, and facts about its sender",
    bytes:
      "VAAAAAUAAQAAAAAAAAAAQAAggKptt3lCEQAAAGcSAABCBBUAZGVtb2Fkdm9jYXRlX2NvZGVfY3JlYXRlZAECeyJlbWFpbCI6ImFwcmlsQGV4YW1wbGUuY29tIiwiYWR2b2NhdGVfY29kZSI6IkFQUklMIn0=",
    header: { kind: 1, flags: 0, partition: 5, sequence: 2, timeMs: 1767225600002, idHigh: 17, idLow: 4711 },
    says: {
      client: "demo",
      name: "advocate_code_created",
      eventMs: null,
      data: { email: "april@example.com", advocate_code: "APRIL" },
      enrichment: { scopes: ["BACKEND"], isDisposableEmail: false },
    },
  },
  {
    name: "an event with more to say of its sender",
    bytes:
      "fQAAAAUAAQAAAAAAAAAIQAAwgKptt3lCEQAAAGcSAACCBBUAZGVtb2Fkdm9jYXRlX2NvZGVfY3JlYXRlZCkAeyJzY29wZXMiOlsiQkFDS0VORCJdLCJpcCI6IjIwMy4wLjExMy43In17ImVtYWlsIjoiYXByaWxAZXhhbXBsZS5jb20iLCJhZHZvY2F0ZV9jb2RlIjoiQVBSSUwifQ==",
    header: { kind: 1, flags: 0, partition: 5, sequence: 3, timeMs: 1767225600003, idHigh: 17, idLow: 4711 },
    says: {
      client: "demo",
      name: "advocate_code_created",
      eventMs: null,
      data: { email: "april@example.com", advocate_code: "APRIL" },
      enrichment: { scopes: ["BACKEND"], ip: "203.0.113.7" },
    },
  },
  {
    name: "a command",
    bytes:
      "XQAAAAUAAgEAAAAAAAAQQABAgKptt3lCEQAAAGcSAACEpGtpbmSuZm9yd2FyZF9wZXJzb26mY2xpZW50pGRlbW+ocGVyc29uSWSzNzAwMDAwMDAwMDAwMDAwMDAwMap0b1BlcnNvbklkszcwMDAwMDAwMDAwMDAwMDAwMDI=",
    header: { kind: 2, flags: 1, partition: 5, sequence: 4, timeMs: 1767225600004, idHigh: 17, idLow: 4711 },
    says: {
      kind: "forward_person",
      client: "demo",
      personId: "7000000000000000001",
      toPersonId: "7000000000000000002",
    },
  },
  {
    name: "a message",
    bytes:
      "bgAAAAUAAwAAAAAAAAAUQABQgKptt3lCEQAAAGcSAAADAAAAAgAAAAAAAAAAgERAhaRraW5kqHRha2Vfa2V5pmNsaWVudKRkZW1vp2tleVR5cGWlZW1haWyldmFsdWWxZnJhbmtAZXhhbXBsZS5jb22ocGVyc29uSWSzNzAwMDAwMDAwMDAwMDAwMDAwMQ==",
    header: { kind: 3, flags: 0, partition: 5, sequence: 5, timeMs: 1767225600005, idHigh: 17, idLow: 4711 },
    says: {
      from: "3/41/2",
      kind: "take_key",
      client: "demo",
      keyType: "email",
      value: "frank@example.com",
      personId: "7000000000000000001",
    },
  },
  {
    name: "an event on its way to another partition",
    bytes:
      "EwEAAAUAAwAAAAAAAAAYQABggKptt3lCEQAAAGcSAAADAAAAAAAAAAAAAAAAAEVAhKRraW5kpWlucHV0pnRhcmdldIKka2luZKZwZXJzb26ocGVyc29uSWSzNzAwMDAwMDAwMDAwMDAwMDAwMaRob3BzAaVpbnB1dIWmaWRIaWdoAaVpZExvdwKqcmVjZWl2ZWRNc8tCebdtqoAAAKp3YW50c1JlcGx5w6dwYXlsb2FkxIABBAAAZGVtb3siZXZlbnRfbmFtZSI6ImNvbnZlcnRlZCIsImV2ZW50X3RpbWUiOiIyMDI2LTAxLTAxVDAwOjAwOjAwLjAwMFoiLCJkYXRhIjp7ImVtYWlsIjoiZnJhbmtAZXhhbXBsZS5jb20iLCJvcmRlcl9pZCI6IkEtMSJ9fQ==",
    header: { kind: 3, flags: 0, partition: 5, sequence: 6, timeMs: 1767225600006, idHigh: 17, idLow: 4711 },
    says: {
      from: "3/42/0",
      kind: "input",
      target: { kind: "person", personId: "7000000000000000001" },
      hops: 1,
      input: {
        idHigh: 1,
        idLow: 2,
        receivedMs: 1767225600000,
        wantsReply: true,
        payload: {
          client: "demo",
          name: "converted",
          eventMs: 1767225600000,
          data: { email: "frank@example.com", order_id: "A-1" },
          enrichment: null,
        },
      },
    },
  },
  {
    name: "a program that takes effect",
    bytes:
      "XwAAAAUABQAAAAAAAAAcQABwgKptt3lCEQAAAGcSAAAAAAAAAQAAAAAAAAAAACJAhKRraW5kq3VzZV9wcm9ncmFtpmNsaWVudKRkZW1vpGhhc2jZIDAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmqHJldmlzaW9uBw==",
    header: { kind: 5, flags: 0, partition: 5, sequence: 7, timeMs: 1767225600007, idHigh: 17, idLow: 4711 },
    says: { from: "0/9/1", kind: "use_program", client: "demo", hash: "0123456789abcdef0123456789abcdef", revision: 7 },
  },
  {
    name: "what came of jobs",
    bytes:
      "aQAAAAUABAAAAAAAAAAgQACAgKptt3lCEQAAAGcSAACSAZGEpmpvYktledknNzAwMDAwMDAwMDAwMDAwMDAwMS83MDAwMDAwMDAwMDAwMDAwMDA5p2F0dGVtcHQBpnRvb2tNcwymcmVzdWx0gqRraW5kp3Vua25vd26mcmVhc29up2h1bmcgdXA=",
    header: { kind: 4, flags: 0, partition: 5, sequence: 8, timeMs: 1767225600008, idHigh: 17, idLow: 4711 },
    says: {
      outcomes: [
        {
          jobKey: "7000000000000000001/7000000000000000009",
          attempt: 1,
          tookMs: 12,
          result: { kind: "unknown", reason: "hung up" },
        },
      ],
    },
  },
  {
    name: "a tick that does not say how many timers it fires",
    bytes: "AAAAAAUABgAAAAAAAAAiQACQgKptt3lCEQAAAGcSAAA=",
    header: { kind: 6, flags: 0, partition: 5, sequence: 9, timeMs: 1767225600009, idHigh: 17, idLow: 4711 },
    says: { timersMax: 1000 },
  },
  {
    name: "a tick",
    bytes: "AgAAAAUABgAAAAAAAAAiQACQgKptt3lCEQAAAGcSAAAgAA==",
    header: { kind: 6, flags: 0, partition: 5, sequence: 9, timeMs: 1767225600009, idHigh: 17, idLow: 4711 },
    says: { timersMax: 32 },
  },
] as const;

it.each(written)("$name", ({ bytes, header, says }) => {
  const record = readRecord(viewOf(Buffer.from(bytes, "base64")), 0);
  const { payload: _, ...rest } = record;
  expect(rest).toEqual(header);
  expect(describePayload(record)).toEqual(says);
});
