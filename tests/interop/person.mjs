// A person without a browser: fills in the sign-in pages over plain HTTP and reports where they lead.

const attribute = (tag, name) => {
  const found = tag.match(new RegExp(` ${name}="([^"]*)"`));
  return found && found[1].replaceAll("&#34;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&");
};

const fieldsOf = (html) =>
  Object.fromEntries(
    [...html.matchAll(/<input[^>]*>/g)]
      .filter(([tag]) => attribute(tag, "type") !== "checkbox")
      .map(([tag]) => [attribute(tag, "name"), attribute(tag, "value") ?? ""]),
  );

export class Person {
  #cookies = new Map();

  constructor({ issuer, email, password }) {
    this.issuer = issuer;
    this.email = email;
    this.password = password;
  }

  /** Open an address of the provider, do what its pages ask for, and return the address that leads back to the app. */
  async visit(url) {
    let response = await this.#open(url);
    while (response.ok) {
      const html = await response.text();
      const action = attribute(html.match(/<form[^>]*>/)?.[0] ?? "", "action");
      if (!action) throw new Error(`no way on from ${response.url}: ${html}`);
      response = await this.#open(new URL(action, this.issuer), new URLSearchParams({ ...fieldsOf(html), ...this.#answers(action) }));
    }
    if (!response.headers.has("location")) throw new Error(`${response.status} at ${response.url}: ${await response.text()}`);
    return new URL(response.headers.get("location"));
  }

  #answers(action) {
    if (action.endsWith("/login")) return { username: this.email };
    if (action.endsWith("/login/password")) return { password: this.password };
    return { decision: action.endsWith("/logout") ? "logout" : "allow" };
  }

  async #open(url, body) {
    const headers = { cookie: [...this.#cookies].map((pair) => pair.join("=")).join("; ") };
    const response = await fetch(url, { method: body ? "POST" : "GET", body, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      this.#cookies.set(name, value);
    }
    const next = response.headers.get("location");
    const stays = next && new URL(next, url).origin === new URL(this.issuer).origin;
    return stays ? this.#open(new URL(next, url)) : response;
  }
}

/** What the test told this program: the issuer, the client and the person. */
export const told = JSON.parse(process.env.INTEROP);
