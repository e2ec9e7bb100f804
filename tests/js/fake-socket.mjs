/** The browser's WebSocket as the page sees it; the test is the other end. */
export class FakeWebSocket {
  static opened = [];

  constructor(url) {
    this.url = url;
    this.readyState = 0;
    this.sent = [];
    this.closed = null;
    FakeWebSocket.opened.push(this);
  }

  static get last() {
    return FakeWebSocket.opened.at(-1);
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close(code) {
    this.readyState = 3;
    this.closed = code;
  }

  accept() {
    this.readyState = 1;
    this.onopen({});
  }

  says(message) {
    this.onmessage({ data: JSON.stringify(message) });
  }

  dies(code, reason = "") {
    this.readyState = 3;
    this.onclose({ code, reason });
  }
}
