import { assertEquals, assertThrows } from "@std/assert";
import { nodeAddress, parseAddress, unixAddress } from "./address.ts";
import { SystemError, systemErrorOf } from "../system_error.ts";

Deno.test("parseAddress: IPv4, IPv6 in brackets, and nothing for a path", () => {
  const four = Uint8Array.of(2, 0, 0x1a, 0x85, 10, 1, 2, 3, ...Array(8).fill(0));
  assertEquals(parseAddress(four), { text: "10.1.2.3:6789", port: 6789 });
  const six = new Uint8Array(28);
  six.set([10, 0, 0, 80]);
  six.set([0x20, 1, 0xd, 0xb8], 8);
  six[23] = 1;
  assertEquals(parseAddress(six), { text: "[2001:db8::1]:80", port: 80 });
  assertEquals(parseAddress(unixAddress("/run/x")), { text: "", port: 0 });
});

Deno.test("unixAddress: ends with a zero byte and refuses what is too long", () => {
  assertEquals([...unixAddress("/a")], [1, 0, 47, 97, 0]);
  assertEquals(unixAddress("x".repeat(107)).length, 110);
  const error = assertThrows(() => unixAddress("x".repeat(108)), SystemError);
  assertEquals(error.code, "ENAMETOOLONG");
});

Deno.test("nodeAddress: an IPv4 peer of a socket for both families is one of IPv4", () => {
  assertEquals(nodeAddress("::ffff:127.0.0.1", 5), "127.0.0.1:5");
  assertEquals(nodeAddress("::1", 5), "[::1]:5");
  assertEquals(nodeAddress("10.0.0.1", 5), "10.0.0.1:5");
  assertEquals(nodeAddress(undefined, undefined), "");
});

Deno.test("systemErrorOf: the C library's words, whoever threw", () => {
  const inUse = systemErrorOf({ code: "EADDRINUSE", message: "listen EADDRINUSE" }, "bind");
  assertEquals(inUse.message, "bind: Address already in use");
  const lookup = "failed to lookup address information: Name or service not known";
  assertEquals(systemErrorOf(new Error(lookup), "bind").message, "Name or service not known");
  assertEquals(systemErrorOf(new Error("odd"), "").message, "odd");
  assertEquals(systemErrorOf(inUse, "listen"), inUse);
});
