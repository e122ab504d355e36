"""`hibana branding`: files of this machine become the look of pages."""

from tests.branding import SHEET, png
from tests.cli.conftest import Shell


def prepare(shell: Shell) -> None:
    """A tenant, and files to choose."""
    shell("tenant", "create", "--slug", "acme", "--name", "Acme")
    (shell.folder / "acme.png").write_bytes(png(60, 20))
    (shell.folder / "acme.css").write_text(SHEET, encoding="utf-8")
    (shell.folder / "words.html").write_text("<p>Call 03-0000-0000</p>", encoding="utf-8")


def test_a_look_is_chosen_shown_and_taken_back(hibana: Shell) -> None:
    prepare(hibana)
    chosen = hibana.json(
        *("branding", "set", "--tenant", "acme", "--name", "Acme", "--primary-color", "#7c3aed"),
        *("--logo", "acme.png", "--stylesheet", "acme.css", "--footer", "words.html", "--reason", "New brand"),
    )
    files = hibana.json("branding", "files", "--tenant", "acme")
    assert [each["chosen_as"] for each in files] == ["logo", "stylesheet", "footer"]
    assert chosen["branding"]["logo"] == files[0]["id"]
    shown = hibana.json("branding", "show", "--tenant", "acme")
    assert (shown["shown"]["name"], shown["chosen"]) == ("Acme", chosen["branding"])
    assert shown["shown"]["stylesheet"].startswith("https://id.example/branding/acme/")
    assert {each["theme"] for each in shown["contrasts"]} == {"both", "light", "dark"}
    assert "on_primary" in hibana("branding", "show", "--tenant", "acme")

    hibana("branding", "download", files[0]["id"], "again.png")
    assert (hibana.folder / "again.png").read_bytes() == png(60, 20)
    assert "is there already" in hibana.refused("branding", "download", files[0]["id"], "again.png")
    assert "chosen" in hibana.refused("branding", "remove", files[0]["id"])
    less = hibana.json("branding", "reset", "--tenant", "acme", "logo", "footer")["branding"]
    assert less == {each: chosen["branding"][each] for each in ("name", "primary_color", "stylesheet")}
    hibana("branding", "remove", files[0]["id"])
    assert hibana.json("branding", "reset", "--tenant", "acme")["branding"] == {}
    assert len(hibana.json("branding", "files", "--tenant", "acme")) == 2


def test_a_file_is_uploaded_for_the_deployment_as_what_its_name_says(hibana: Shell) -> None:
    prepare(hibana)
    kinds = [hibana.json("branding", "upload", name)["media_type"] for name in ("acme.png", "acme.css", "words.html")]
    assert kinds == ["image/png", "text/css", "text/html"]
    assert hibana.json("branding", "set", "--name", "Acme ID")["tenant"] == "system"
    assert hibana.json("branding", "show")["shown"]["name"] == "Acme ID"
    assert "Nothing" not in hibana("branding", "show")  # of contrasts, where no colour is chosen


def test_what_cannot_be_worn_is_refused_and_nothing_is_kept(hibana: Shell) -> None:
    prepare(hibana)
    (hibana.folder / "bad.html").write_text("<script>alert(1)</script>", encoding="utf-8")
    (hibana.folder / "bad.css").write_bytes(b"\xff\xfe")
    refused = hibana.refused("branding", "set", "--tenant", "acme", "--logo", "acme.png", "--header", "bad.html")
    assert refused.startswith("hibana: bad.html: <script> is not allowed")
    assert "no text in UTF-8" in hibana.refused("branding", "upload", "bad.css")
    assert "cannot be read" in hibana.refused("branding", "upload", "missing.png")
    wrong = ("--tenant", "acme", "--logo", "acme.png", "--primary-color", "blue")
    assert "primary_color" in hibana.refused("branding", "set", *wrong)
    assert "no tenant has the slug" in hibana.refused("branding", "show", "--tenant", "nobody")
    assert hibana.run("branding", "set").returncode == 2
    assert hibana.json("branding", "files", "--tenant", "acme") == []
