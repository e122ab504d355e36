// Colours are tried out while they are typed; without this, a button does it.
const sheet = document.getElementById("tried-sheet");
const fields = ["primary_color", "secondary_color"].map((name) => document.getElementById(name));

for (const field of fields) {
  field.addEventListener("input", () => {
    const address = new URL(sheet.href);
    for (const { name, value } of fields) {
      address.searchParams.delete(name);
      if (/^#[0-9a-f]{6}$/i.test(value.trim())) address.searchParams.set(name, value.trim());
    }
    sheet.href = address.href;
  });
}
