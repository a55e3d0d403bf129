/** Entry of the module that only tests load: everything internal that a unit test drives. */
export * from "./index";
export { memoryInit, roundedBytes } from "./memory";
export * from "./keytable";
export * from "./keyspace";
export * from "./entry";
export * from "./hash";
export * from "./number";
export * from "./bytes";
export * from "./crc16";
export * from "./glob";
export * from "./double";
export * from "./crc64";
export * from "./extended";
export * from "./lcs";
export * from "./sha1";
export * from "./memory";
export * from "./listpack";
export * from "./intset";
