"""Platforms and installations as the database knows them."""

from __future__ import annotations

import secrets
from hashlib import sha256

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.models import Installation, Platform

KEY_BITS = 2048


def find_platform(session: Session, issuer: str, client_id: str) -> Platform | None:
    """The platform of an issuer and client id."""
    return session.scalars(
        select(Platform).where(Platform.issuer == issuer, Platform.client_id == client_id)
    ).first()


def find_installation(session: Session, platform_id: int, deployment_id: str) -> Installation | None:
    """The installation of a whole deployment id string."""
    return session.scalars(
        select(Installation).where(
            Installation.platform_id == platform_id, Installation.deployment_id == deployment_id
        )
    ).first()


def new_private_key() -> str:
    """An RSA key as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def new_setup_code() -> tuple[str, str]:
    """A one-time code for people to type, and the hash that is stored."""
    code = "-".join(secrets.token_hex(3).upper() for _ in range(3))
    return code, hash_of(code)


def setup_code_of(typed: str) -> str:
    """A setup code as it was printed, however it was typed: with spaces, without dashes, in small letters."""
    digits = "".join(each for each in typed.upper() if each in "0123456789ABCDEF")
    return "-".join(digits[at : at + 6] for at in range(0, len(digits), 6))


def hash_of(secret: str) -> str:
    """SHA-256 in hex digits; for random secrets of full length only."""
    return sha256(secret.strip().encode()).hexdigest()
