// Passkeys, with the browser's own functions. What belongs to them stays hidden where these do not exist.

const supported = Boolean(
  window.PublicKeyCredential?.parseRequestOptionsFromJSON && window.PublicKeyCredential.parseCreationOptionsFromJSON,
);
const RENEWED_AFTER = 240_000; // a challenge counts for five minutes
const SAID_OF = {
  AbortError: null,
  ConstraintError: "unsupported",
  InvalidStateError: "taken",
  NotAllowedError: "cancelled",
  NotSupportedError: "unsupported",
  SecurityError: "security",
};

// A browser answers one request at a time: the one before is given up first.
let open = new AbortController();
const begin = () => {
  open.abort();
  open = new AbortController();
  return open.signal;
};

async function post(place, url, body, signal) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": place.dataset.csrf },
    body: JSON.stringify(body),
    signal,
  });
  const told = await response.json();
  if (response.ok) return told;
  if (told.next) location.assign(told.next); // to sign in again, and come back
  throw Object.assign(new Error(told.message ?? ""), { told });
}

async function signIn(place, mediation) {
  const signal = begin();
  const asked = { interaction: place.dataset.interaction, more: "more" in place.dataset };
  const options = await post(place, place.dataset.options, asked, signal);
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const credential = await navigator.credentials.get({ publicKey, signal, ...(mediation && { mediation }) });
  try {
    const { next } = await post(place, place.dataset.answer, credential.toJSON());
    location.assign(next);
  } catch (failure) {
    if (failure.told?.error === "passkey_unknown") {
      await PublicKeyCredential.signalUnknownCredential?.({ rpId: options.rpId, credentialId: credential.id });
    }
    throw failure;
  }
}

// Somebody without an account shows the link that makes one, and says what to call them.
const newcomer = ({ dataset: { proof } }) => (proof ? { proof, name: document.getElementById("name").value } : {});

async function create(place, mediation) {
  const signal = begin();
  const within = place.dataset.within ? { interaction: place.dataset.within } : newcomer(place);
  const asked = mediation ? { interaction: place.dataset.interaction, conditional: true } : within;
  const options = await post(place, place.dataset.options, asked, signal);
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const credential = await navigator.credentials.create({ publicKey, signal, ...(mediation && { mediation }) });
  const { next } = await post(place, place.dataset.answer, { ...credential.toJSON(), ...within });
  location.assign(place.dataset.next ?? next);
}

// What went wrong, in words: a cancelled sign-in is no error, but who adds a passkey has to know that there is none.
function say(place, failure) {
  const status = place.querySelector("[role=status]");
  place.querySelector("[role=alert]")?.remove();
  status.textContent = "";
  if (!failure || failure.told?.next) return;
  const known = failure.told ? undefined : SAID_OF[failure.name];
  if (known === null) return;
  if (known === "cancelled" && place.dataset.passkey === "get") {
    status.textContent = place.dataset.cancelled;
    return;
  }
  const alert = place.querySelector("template").content.firstElementChild.cloneNode(true);
  alert.querySelector("p").textContent = failure.told?.message || place.dataset[known ?? "failed"];
  alert.setAttribute("role", "alert");
  place.append(alert);
}

// The field for the name offers passkeys for as long as nothing else is asked of the browser.
let renewal;
async function offerInField(place) {
  clearTimeout(renewal);
  renewal = setTimeout(offerInField, RENEWED_AFTER, place);
  try {
    await signIn(place, "conditional");
  } catch (failure) {
    if (failure.told) say(place, failure);
  }
}

// After a password that was filled in, a password manager may make a passkey by itself; if it does not, nobody is told.
async function createUnasked(place) {
  const able = await PublicKeyCredential.getClientCapabilities?.();
  if (able?.conditionalCreate) await create(place, "conditional").catch(() => {});
}

async function listen(place) {
  const button = place.querySelector("button");
  const isConditional =
    place.dataset.passkey === "get" &&
    "conditional" in place.dataset &&
    (await PublicKeyCredential.isConditionalMediationAvailable?.());
  button.addEventListener("click", async () => {
    clearTimeout(renewal);
    button.setAttribute("aria-busy", "true");
    say(place);
    place.querySelector("[role=status]").textContent = place.dataset.pending;
    try {
      await (place.dataset.passkey === "create" ? create(place) : signIn(place));
    } catch (failure) {
      say(place, failure);
      button.removeAttribute("aria-busy");
      if (isConditional) offerInField(place);
    }
  });
  place.hidden = false;
  if (isConditional) offerInField(place);
  if (place.dataset.passkey === "create" && "conditional" in place.dataset) createUnasked(place);
}

if (supported) {
  for (const place of document.querySelectorAll("[data-passkey]")) listen(place);

  // A page coming back from the browser's memory has a request that is over.
  addEventListener("pageshow", (event) => event.persisted && location.reload());

  // The form of the password says whether it is worth offering a passkey afterwards.
  const asks = document.querySelector("input[data-passkey-offer]");
  if (asks && (await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable())) asks.value = "1";

  // What the browser shows of this account is brought up to date (WebAuthn §5.1.10).
  const signal = document.querySelector("[data-passkey-signal]")?.dataset.passkeySignal;
  if (signal) {
    const { rpId, userId, allAcceptedCredentialIds, name, displayName } = JSON.parse(signal);
    await PublicKeyCredential.signalAllAcceptedCredentials?.({ rpId, userId, allAcceptedCredentialIds });
    await PublicKeyCredential.signalCurrentUserDetails?.({ rpId, userId, name, displayName });
  }
}
