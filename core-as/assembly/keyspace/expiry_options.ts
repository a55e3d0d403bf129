/** What commands ask of expiries, of keys and of fields alike. */

// What EXPIRE and its like may ask for.
export const EXPIRE_NX: u32 = 1;
export const EXPIRE_XX: u32 = 2;
export const EXPIRE_GT: u32 = 4;
export const EXPIRE_LT: u32 = 8;

// How TTL and its like show an expiry.
export const TTL_SECONDS: u32 = 0;
export const TTL_MS: u32 = 1;
/** As a point in time, not as what is left. */
export const TTL_ABSOLUTE: u32 = 2;
