"""An SMTP server for the tests of windlass-email, built on aiosmtpd.

Prints one JSON object a line: first {"port": N} once it listens, then one object per message that it took.
Ends when its standard input does, so that it never outlives the test that started it.
"""

import argparse
import asyncio
import email
import email.policy
import json
import logging
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


def report(record):
    print(json.dumps(record), flush=True)


def part(mime_part):
    record = {"type": mime_part.get_content_type(), "filename": mime_part.get_filename()}
    content = mime_part.get_content()
    record["content"] = content if isinstance(content, str) else list(content)
    return record


class Handler:
    def __init__(self, options):
        self.options = options
        self.messages = 0
        self.second_message = asyncio.Event()

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if self.options.refuse_recipient and address.startswith("refused"):
            return self.options.refuse_recipient
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 recipient ok"

    async def handle_DATA(self, server, session, envelope):
        self.messages += 1
        if self.options.stall_first:
            if self.messages == 1:
                report({"stalled": True})
                await self.second_message.wait()
                return "250 2.0.0 late answer to the first message"
            self.second_message.set()
            return "550 5.7.1 the second message is refused"
        if self.options.refuse_data:
            return self.options.refuse_data
        report(self.record(session, envelope))
        return f"250 2.0.0 queued as message-{self.messages}"

    def record(self, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        return {
            "peer_port": session.peer[1],
            "tls": session.ssl is not None,
            "user": session.auth_data.login.decode() if session.authenticated else None,
            "mail_from": envelope.mail_from,
            "rcpt_tos": envelope.rcpt_tos,
            "headers": [[name, str(value)] for name, value in message.items()],
            "to": [[address.display_name, address.addr_spec] for address in message["to"].addresses],
            "structure": message.get_content_type(),
            "parts": [part(p) for p in message.walk() if not p.is_multipart()],
        }


def authenticator(options):
    def authenticate(server, session, envelope, mechanism, auth_data):
        known = f"{auth_data.login.decode()}:{auth_data.password.decode()}" == options.login
        if known:
            return AuthResult(success=True, auth_data=auth_data)
        return AuthResult(success=False, handled=False)

    return authenticate


def smtp(options, handler):
    settings = {"hostname": "test.example"}
    if options.login:
        settings.update(authenticator=authenticator(options), auth_required=True, auth_require_tls=False)
    if options.certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options.certificate)
        settings["tls_context"] = context
    return SMTP(handler, **settings)


class Mute(asyncio.Protocol):
    """Accepts connections and never says a word."""


async def main(options):
    loop = asyncio.get_running_loop()
    handler = Handler(options)
    factory = Mute if options.mute else lambda: smtp(options, handler)
    server = await loop.create_server(factory, "127.0.0.1", options.port)
    report({"port": server.sockets[0].getsockname()[1]})
    await loop.run_in_executor(None, sys.stdin.read)


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0, help="0 is any free port")
    parser.add_argument("--refuse-recipient", help="answer to recipients that start with 'refused'")
    parser.add_argument("--refuse-data", help="answer to every message")
    parser.add_argument("--login", help="user:password that a client must give")
    parser.add_argument("--certificate", help="offer STARTTLS with this PEM file")
    parser.add_argument("--mute", action="store_true", help="accept connections and never answer")
    parser.add_argument("--stall-first", action="store_true", help="answer the first message after the second")
    return parser.parse_args()


if __name__ == "__main__":
    # It warns of logins without TLS, which is what some tests are about.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    asyncio.run(main(arguments()))
