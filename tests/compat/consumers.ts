/**
 * Consumers before they are needed. Since 7.2 XREADGROUP, XCLAIM and XAUTOCLAIM make the consumer that they name
 * even where there is nothing for it, the server beside only where there is: random comparisons make it first.
 */

/** XGROUP CREATECONSUMER for each stream that a command of this name and its arguments may make a consumer in. */
export function consumersOf(args: readonly string[]): string[][] {
  const name = args[0].toUpperCase();
  if (name === "XCLAIM" || name === "XAUTOCLAIM") {
    return args.length < 4 ? [] : [["XGROUP", "CREATECONSUMER", args[1], args[2], args[3]]];
  }
  if (name !== "XREADGROUP" || args[1]?.toUpperCase() !== "GROUP" || args.length < 7) return [];
  const from = args.findIndex((word, i) => i > 3 && word.toUpperCase() === "STREAMS") + 1;
  const keys = from === 0 ? [] : args.slice(from, from + Math.floor((args.length - from) / 2));
  return keys.map((key) => ["XGROUP", "CREATECONSUMER", key, args[2], args[3]]);
}
