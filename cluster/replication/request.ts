/** What a link asks its primary, and tells it. */

/** A request of such words, each with one character a byte. */
export function requestOf(words: readonly string[]): string {
  let text = `*${words.length}\r\n`;
  for (const word of words) text += `$${word.length}\r\n${word}\r\n`;
  return text;
}
