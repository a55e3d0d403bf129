/** Entry of the module that only tests load: everything internal that a unit test drives. */
export * from "./index";
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
export * from "./lzf";
