package org.clarion.deploy.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * The cheapest client there is: one thread, all streams sent at once, events counted by their first bytes and not
 * parsed.
 */
final class StreamClient {
  private static final byte[] EVENT = "\ndata: ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);
  private static final int BUFFER = 64 << 10;

  private final InetSocketAddress address;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
  private long events;
  private long bytes;

  /**
   * What came.
   *
   * @param events
   *          server-sent events, those at the end of a stream included
   * @param bytes
   *          of the responses, headers included
   */
  record Received(long events, long bytes) {}

  private static final class Stream {
    int matched;
    int ending;
  }

  StreamClient(URI gateway) {
    this.address = new InetSocketAddress(gateway.getHost(), gateway.getPort());
  }

  /**
   * Sends all bodies at once and reads every stream to its end.
   *
   * @throws IOException
   *           when a stream ends early
   */
  Received run(String path, Iterable<String> bodies) throws IOException {
    events = 0;
    bytes = 0;
    try (Selector selector = Selector.open()) {
      int open = 0;
      for (String body : bodies) {
        SocketChannel channel = SocketChannel.open(address);
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        ByteBuffer request = ByteBuffer.wrap(("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            + "Content-Type: application/json\r\nContent-Length: " + content.length + "\r\n\r\n" + body)
            .getBytes(StandardCharsets.UTF_8));
        while (request.hasRemaining()) {
          channel.write(request);
        }
        channel.configureBlocking(false).register(selector, SelectionKey.OP_READ, new Stream());
        open++;
      }
      while (open > 0) {
        selector.select();
        for (SelectionKey key : selector.selectedKeys()) {
          open -= read(key) ? 1 : 0;
        }
        selector.selectedKeys().clear();
      }
    }
    return new Received(events, bytes);
  }

  /** True when the stream has ended. */
  private boolean read(SelectionKey key) throws IOException {
    Stream stream = (Stream) key.attachment();
    int count = ((SocketChannel) key.channel()).read(buffer.clear());
    if (count < 0) {
      throw new IOException("a stream ended before its last event");
    }
    bytes += count;
    for (int i = 0; i < count; i++) {
      byte b = buffer.get(i);
      stream.matched = b == EVENT[stream.matched] ? stream.matched + 1 : b == EVENT[0] ? 1 : 0;
      if (stream.matched == EVENT.length) {
        events++;
        stream.matched = 0;
      }
      stream.ending = b == DONE[stream.ending] ? stream.ending + 1 : b == DONE[0] ? 1 : 0;
      if (stream.ending == DONE.length) {
        // The server keeps a finished connection for a moment: there is nothing to wait for.
        key.channel().close();
        return true;
      }
    }
    return false;
  }
}
