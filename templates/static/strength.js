// What a new password still lacks, in words, while it is typed. The server's policy decides when it is sent.

const COMMON = ["password", "passwort", "qwertyuiop", "qwerty", "asdfghjkl", "letmein", "welcome", "iloveyou",
  "abcdefgh", "1234567890", "12345678", "123456"];
const SHORTEST_WORD = 4;
const SHORTEST_REST = 8;
const FEWEST_DIFFERENT = 6;

const plain = (text) => text.normalize("NFKC").toLowerCase();
const wordsIn = (texts) =>
  texts
    .flatMap((text) => plain(text).split(/[^\p{L}\p{N}]+/u))
    .filter((word) => word.length >= SHORTEST_WORD)
    .sort((one, other) => other.length - one.length);

// What is left of a password without certain words, and without the digits and signs around them.
const without = (password, words) => {
  const found = words.filter((word) => password.includes(word));
  const rest = found.reduce((left, word) => left.replaceAll(word, ""), password);
  return found.length ? rest.replace(/[^\p{L}]+/gu, "") : rest;
};

const verdict = (password, about, shortest) => {
  const length = [...password.normalize("NFC")].length;
  if (length < shortest) return ["short", shortest - length];
  const typed = plain(password);
  if (without(typed, wordsIn(about)).length < SHORTEST_REST) return ["context"];
  const isRepeated = /^(.{1,8}?)\1+$/u.test(typed) || new Set(typed).size < FEWEST_DIFFERENT;
  if (isRepeated || without(typed, COMMON).length < SHORTEST_REST) return ["common"];
  return ["good"];
};

for (const shown of document.querySelectorAll("[data-strength]")) {
  const input = document.getElementById(shown.dataset.strength);
  const meter = shown.querySelector("meter");
  const told = shown.querySelector("[role=status]");
  const { brand, shortest } = shown.dataset;
  meter.high = shortest - 0.5;
  meter.low = shortest / 2;
  let timer;
  const look = () => {
    const { name, username } = input.form.elements;
    const about = [brand, location.hostname, name?.value ?? "", username?.value ?? ""];
    const [reason, left] = verdict(input.value, about, Number(shortest));
    shown.hidden = !input.value;
    const length = [...input.value].length;
    meter.value = reason === "good" || reason === "short" ? length : Math.min(length, meter.low / 2);
    clearTimeout(timer);
    // Said once typing pauses: nobody wants each letter read out.
    timer = setTimeout(() => {
      const words = input.value ? told.dataset[reason].replace("{left}", left) : "";
      if (told.textContent !== words) told.textContent = words;
    }, 400);
  };
  input.addEventListener("input", look);
  input.form.elements.name?.addEventListener("input", look);
}
