// A person without a browser: fills in the provider's pages over plain HTTP and reports what they bring to the app.

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

  /** Open an address of the provider, do what its pages ask for, and return the URL or the POST that reaches the app. */
  async visit(url) {
    let response = await this.#open(url);
    while (response.ok) {
      const html = await response.text();
      const written = attribute(html.match(/<form[^>]*>/)?.[0] ?? "", "action");
      if (!written) throw new Error(`no way on from ${response.url}: ${html}`);
      const action = new URL(written, response.url);
      if (!this.#isAtProvider(action)) return new Request(action, { method: "POST", body: new URLSearchParams(fieldsOf(html)) });
      response = await this.#open(action, new URLSearchParams({ ...fieldsOf(html), ...this.#answers(action.pathname) }));
    }
    if (!response.headers.has("location")) throw new Error(`${response.status} at ${response.url}: ${await response.text()}`);
    return new URL(response.headers.get("location"));
  }

  #answers(path) {
    if (path.endsWith("/login")) return { username: this.email };
    if (path.endsWith("/login/password")) return { password: this.password };
    return { decision: path.endsWith("/logout") ? "logout" : "allow" };
  }

  #isAtProvider(url) {
    return url.origin === new URL(this.issuer).origin;
  }

  async #open(url, body) {
    const headers = { cookie: [...this.#cookies].map((pair) => pair.join("=")).join("; ") };
    const response = await fetch(url, { method: body ? "POST" : "GET", body, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      this.#cookies.set(name, value);
    }
    const next = response.headers.get("location");
    return next && this.#isAtProvider(new URL(next, url)) ? this.#open(new URL(next, url)) : response;
  }
}

/** What the test told this program: the issuer, the person, and what it is to ask for. */
export const told = JSON.parse(process.env.INTEROP);
