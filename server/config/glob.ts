/**
 * Glob matching as CONFIG GET knows it: `*`, `?`, `[abc]`, `[a-z]`, `[^...]` and `\` escapes.
 *
 * Backtracks only to the last `*` (every earlier one has already matched as little as it can), so
 * the cost is at most pattern length times text length.
 */
export function globMatches(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let starAt = -1;
  let resumeAt = 0;
  while (t < text.length) {
    if (pattern[p] === "*") {
      starAt = p++;
      resumeAt = t;
      continue;
    }
    const next = p < pattern.length ? matchOne(pattern, p, text[t]) : -1;
    if (next >= 0) {
      p = next;
      t++;
    } else if (starAt >= 0) {
      p = starAt + 1;
      t = ++resumeAt;
    } else {
      return false;
    }
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}

/** Whether a text is a pattern at all. */
export function isGlob(text: string): boolean {
  return /[*?[]/.test(text);
}

/** Matches one character at `pattern[at]`: the index after what was used, or -1. */
function matchOne(pattern: string, at: number, char: string): number {
  if (pattern[at] === "?") return at + 1;
  if (pattern[at] === "[") return matchClass(pattern, at + 1, char);
  if (pattern[at] === "\\" && at + 1 < pattern.length) at++;
  return pattern[at] === char ? at + 1 : -1;
}

/** Matches a character class whose first character is at `at`; an open class ends with the pattern. */
function matchClass(pattern: string, at: number, char: string): number {
  const negated = pattern[at] === "^";
  if (negated) at++;
  let found = false;
  for (; at < pattern.length && pattern[at] !== "]"; at++) {
    if (pattern[at] === "\\" && at + 1 < pattern.length) {
      at++;
      found ||= pattern[at] === char;
    } else if (pattern[at + 1] === "-" && at + 2 < pattern.length) {
      const [low, high] = [pattern[at], pattern[at + 2]].sort();
      found ||= char >= low && char <= high;
      at += 2;
    } else {
      found ||= pattern[at] === char;
    }
  }
  return found !== negated ? Math.min(at + 1, pattern.length) : -1;
}
