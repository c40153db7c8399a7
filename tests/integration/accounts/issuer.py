"""A small issuer of OpenID Connect on this machine: discovery, keys and tokens over real HTTP, signed by real keys."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Asked:
    """What the site asked when it sent the browser here."""

    query: dict[str, str]
    claims: dict[str, Any]


@dataclass
class Issuer:
    """Plays the portal. What a test sets before a code is redeemed, the token says."""

    client_id: str = "tidui"
    secret: str = "shared-with-the-portal"
    key: rsa.RSAPrivateKey = field(default_factory=_key)
    other_key: rsa.RSAPrivateKey = field(default_factory=_key)
    kid: str = "first"
    #: Claims that are changed or (None) left out of the next tokens.
    twisted: dict[str, Any] = field(default_factory=dict)
    #: Signs the next tokens by another key, or without one.
    forged: str = ""
    #: What the description says that it is called, where it is not its address.
    called: str = ""
    asked: dict[str, Asked] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    def start(self) -> Issuer:
        """Listen on a free port of the loopback."""
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.reply(*issuer.get(urlsplit(self.path).path))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                self.reply(*issuer.token(form))

            def reply(self, status: int, said: Any) -> None:
                text = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def stop(self) -> None:
        """Listen no more."""
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def get(self, path: str) -> tuple[int, Any]:
        """Discovery and keys."""
        self.requests.append(path)
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.called or self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "userinfo_endpoint": f"{self.url}/userinfo",
                "jwks_uri": f"{self.url}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }
        if path == "/keys":
            public = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
            return 200, {"keys": [{**public, "kid": self.kid, "alg": "RS256", "use": "sig"}]}
        return 404, {}

    def consent(self, address: str, claims: dict[str, Any]) -> dict[str, str]:
        """The person agrees at the address to which the browser was sent; what comes back to the site."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = f"code-{len(self.asked)}"
        self.asked[code] = Asked(query, claims)
        return {"code": code, "state": query["state"]}

    def token(self, form: dict[str, str]) -> tuple[int, Any]:
        """Redeem a code, once, for the client that asked and proves it."""
        asked = self.asked.pop(form.get("code", ""), None)
        if asked is None or form.get("client_secret") != self.secret or form.get("client_id") != self.client_id:
            return 400, {"error": "invalid_grant"}
        proof = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(proof).decode().rstrip("=") != asked.query.get("code_challenge"):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.url, "aud": self.client_id, "iat": now, "exp": now + 300, "nonce": asked.query.get("nonce"),
            **asked.claims, **self.twisted,
        }  # fmt: skip
        return 200, {"access_token": "not-used", "token_type": "Bearer", "id_token": self.sign(claims)}

    def sign(self, claims: dict[str, Any]) -> str:
        """The token, signed as the test wants it."""
        said = {name: value for name, value in claims.items() if value is not None}
        if self.forged == "none":
            return jwt.encode(said, None, algorithm="none", headers={"kid": self.kid})
        if self.forged == "public key as secret":
            public = json.dumps(json.loads(RSAAlgorithm.to_jwk(self.key.public_key())))
            return jwt.encode(said, public, algorithm="HS256", headers={"kid": self.kid})
        key = self.other_key if self.forged == "another key" else self.key
        return jwt.encode(
            said, key, algorithm="RS256", headers={"kid": "unknown" if self.forged == "unknown key" else self.kid}
        )
