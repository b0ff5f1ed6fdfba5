"""A real OpenID Connect provider on a loopback port, which signs with a real key."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "arena", "a secret of the client"


class ProviderState:
    """What the provider knows, and what it lies about."""

    def __init__(self):
        self.key = RSAKey.generate_key(2048, {"kid": "one"})
        self.signing = self.key
        self.algorithm = "RS256"
        self.codes, self.asked, self.claims = {}, [], {}
        self.address = ""

    def authorize(self, url):
        """The browser's visit: who signs in there gets a code for this client alone."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        self.codes["the-code"] = asked
        return asked["state"]

    def token(self, form, authorization):
        asked = self.codes.pop(form.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '%20')}".encode()).decode()
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if asked is None or authorization not in (f"Basic {basic}", f"Basic {plain}"):
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.address,
            "aud": CLIENT,
            "sub": "subject-1",
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + 60,
            "preferred_username": "ada",
            "groups": ["operators"],
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        token = jwt.encode({"alg": self.algorithm, "kid": "one"}, claims, self.signing)
        return 200, {"access_token": "t", "token_type": "Bearer", "id_token": token}


class ProviderHandler(BaseHTTPRequestHandler):
    """The three addresses that a relying party asks."""

    def log_message(self, *_args):
        """Keep quiet."""

    def answer(self, status, said):
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        state = self.server.state
        if self.path == "/.well-known/openid-configuration":
            facts = {"issuer": state.address, "jwks_uri": f"{state.address}/keys"}
            places = {f"{n}_endpoint": f"{state.address}/{n}" for n in ("authorization", "token")}
            self.answer(200, {**facts, **places})
        else:
            self.answer(200, {"keys": [state.key.as_dict(private=False)]})

    def do_POST(self):
        sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(sent).items()}
        self.answer(*self.server.state.token(form, self.headers.get("Authorization", "")))


@contextmanager
def running_provider(settings):
    """Serve a provider, which the settings name."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), ProviderHandler)
    server.state = ProviderState()
    server.state.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings.OIDC_ISSUER = server.state.address
    settings.OIDC_CLIENT, settings.OIDC_SECRET = CLIENT, SECRET
    try:
        yield server.state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
