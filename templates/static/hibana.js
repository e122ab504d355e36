// What the pages gain when scripts run; without this file every one of them still works.

// After a refusal the reason is read first; otherwise a mouse user may start typing at once,
// while a phone does not open its keyboard over a page that was not read yet.
const refusal = document.querySelector("[role=alert]");
if (refusal) {
  refusal.tabIndex = -1;
  refusal.focus();
} else if (matchMedia("(pointer: fine)").matches) {
  document.querySelector("[data-focus]")?.focus();
}

// Show or hide a password. It goes back to being one before it is sent, so that browsers offer to save it.
for (const button of document.querySelectorAll("[data-show]")) {
  const input = document.getElementById(button.dataset.show);
  const show = (visible) => {
    input.type = visible ? "text" : "password";
    button.setAttribute("aria-pressed", String(visible));
  };
  button.addEventListener("click", () => {
    show(input.type === "password");
    input.focus();
  });
  input.form.addEventListener("submit", () => show(false));
  button.hidden = false;
}

// Say so while Caps Lock is on.
const capsLock = document.querySelector("[data-caps-lock]");
for (const input of capsLock ? document.querySelectorAll("input[type=password]") : []) {
  const look = (event) => {
    capsLock.hidden = !event.getModifierState?.("CapsLock");
  };
  input.addEventListener("keydown", look);
  input.addEventListener("keyup", look);
  input.addEventListener("blur", () => {
    capsLock.hidden = true;
  });
}

// One press, one request. The button is marked and not disabled: a disabled one would not be sent.
const release = (form) => {
  delete form.dataset.busy;
  for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
};
document.addEventListener("submit", (event) => {
  const form = event.target;
  if ("busy" in form.dataset) {
    event.preventDefault();
    return;
  }
  form.dataset.busy = "";
  event.submitter?.setAttribute("aria-busy", "true");
  // An app that opens beside the browser leaves this page standing.
  setTimeout(release, 10_000, form);
});
addEventListener("pageshow", () => document.querySelectorAll("form").forEach(release));

// Times are written in UTC; here the zone of the reader is known.
const minutes = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
for (const time of document.querySelectorAll("time[data-minute]")) {
  time.textContent = minutes.format(new Date(time.dateTime));
}

// Of a row of pages that is wider than the screen, the one that is open is in sight.
document.querySelector(".sections [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// Copy the text of an element; a list of facts is copied one a line.
const textOf = (element) =>
  element.tagName === "DL"
    ? [...element.children].map((row) => [...row.children].map((cell) => cell.textContent).join(": ")).join("\n")
    : element.tagName === "UL"
      ? [...element.children].map((row) => row.textContent).join("\n")
      : element.textContent;
const buttons = document.querySelectorAll("[data-copy]");
if (navigator.clipboard && buttons.length) {
  const announced = document.createElement("p");
  announced.className = "hidden";
  announced.setAttribute("role", "status");
  document.querySelector("main").append(announced);
  for (const button of buttons) {
    const label = button.querySelector("span");
    const resting = label.textContent;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(textOf(document.getElementById(button.dataset.copy)));
      label.textContent = announced.textContent = button.dataset.copied;
      setTimeout(() => {
        label.textContent = resting;
        announced.textContent = "";
      }, 2_000);
    });
    button.hidden = false;
  }
}

// Six digits are a whole code: it is sent without another press. A Japanese keyboard may still be composing them.
for (const input of document.querySelectorAll("[data-code]")) {
  const look = () => {
    const isWhole = /^\d{6}$/.test(input.value.normalize("NFKC").replace(/\s/g, ""));
    if (isWhole && !("busy" in input.form.dataset)) input.form.requestSubmit(input.form.querySelector("#continue"));
  };
  input.addEventListener("input", (event) => event.isComposing || look());
  input.addEventListener("compositionend", look);
  if ("sms" in input.dataset && "OTPCredential" in window) {
    navigator.credentials.get({ otp: { transport: ["sms"] } }).then(
      (received) => {
        input.value = received.code;
        look();
      },
      () => {},
    );
  }
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => print());
  button.hidden = false;
}

// Seconds that pass; nothing reads them out.
for (const shown of document.querySelectorAll("[data-countdown]")) {
  const end = Date.now() + Number(shown.textContent) * 1000;
  const timer = setInterval(() => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    shown.textContent = left;
    if (!left) clearInterval(timer);
  }, 1000);
}
