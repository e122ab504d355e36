"""Certificates that administrators lay down for us: PEM files (RFC 7468 §5), or a folder of them."""

from pathlib import Path

from cryptography import x509

_ENDINGS = (".pem", ".crt", ".cer")


def read(path: Path) -> tuple[x509.Certificate, ...]:
    """Every certificate in a file, or in the PEM files of a folder; OSError or ValueError where there is none."""
    if not path.is_dir():
        return tuple(_in_file(path))
    files = sorted(each for each in path.iterdir() if each.suffix.lower() in _ENDINGS)
    if not files:
        raise ValueError("no file ends in .pem, .crt or .cer")
    return tuple(certificate for file in files for certificate in _in_file(file))


def _in_file(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except ValueError:
        raise ValueError(f"{path.name} holds no PEM certificate, or a broken one") from None
