// Texts of scripts in the page's language; English ones are their own keys.

let words = null;

/** Say it, with what belongs into its braces. */
export function say(text, fields = {}) {
  words ??= JSON.parse(document.body.dataset.words || "{}");
  return (words[text] ?? text).replace(/\{(\w+)\}/g, (all, name) => String(fields[name] ?? all));
}
