/**
 * Claims of what only a programmer can break: no request and no file, however wrong, makes one false. They stand
 * where a structure would otherwise go on, broken, and be found out about much later and elsewhere.
 *
 * ```
 *  if (ASSERTS) assert(claim, "what has been done");
 * ```
 *
 * They cost, so that only the module of the tests has them (build.ts); in the other the condition is known to be
 * false, and the compiler leaves out the claim and its words.
 */

/** Whether this module has the claims. */
// @ts-ignore: a constant of the compiler's command line, or none.
export const ASSERTS: bool = isDefined(CHECKED);
