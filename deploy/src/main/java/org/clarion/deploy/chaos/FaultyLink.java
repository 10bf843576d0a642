package org.clarion.deploy.chaos;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.clarion.rpc.Endpoint;

/** A TCP connection's middle: passes bytes on, until it is told to break or to hold them. Thread-safe. */
final class FaultyLink implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 << 10;
  private static final int CONNECT_MILLIS = 1_000;

  private final ServerSocket server;
  private final Endpoint callee;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition moved = lock.newCondition();
  private boolean stalled;
  private volatile boolean cut;
  private volatile boolean closed;

  /**
   * Listens for callers of a process.
   *
   * @param address
   *          HOST:PORT of the process
   * @throws IOException
   *           when there is no port
   */
  FaultyLink(String address) throws IOException {
    callee = Endpoint.parse(address);
    server = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().name("link-" + address).start(this::accept);
  }

  /** HOST:PORT for callers. */
  String address() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  /** Breaks all connections; while it is cut, new ones break at once. */
  void cut(boolean now) {
    cut = now;
    if (now) {
      open.forEach(FaultyLink::shut);
    }
  }

  /** Holds back what is sent in either direction, or lets it go. */
  void stall(boolean now) {
    lock.lock();
    try {
      stalled = now;
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    closed = true;
    stall(false);
    try {
      server.close();
    } catch (IOException _) {
      // There is nothing left to close then.
    }
    open.forEach(FaultyLink::shut);
  }

  private void accept() {
    while (!closed) {
      try {
        Socket caller = server.accept();
        Thread.ofVirtual().start(() -> connect(caller));
      } catch (IOException e) {
        // Closed, or this one caller is gone.
      }
    }
  }

  private void connect(Socket caller) {
    Socket target = new Socket();
    open.add(caller);
    open.add(target);
    try {
      if (cut) {
        throw new IOException("cut");
      }
      caller.setTcpNoDelay(true);
      target.setTcpNoDelay(true);
      target.connect(new InetSocketAddress(callee.host(), callee.port()), CONNECT_MILLIS);
      Thread back = Thread.ofVirtual().start(() -> pass(target, caller));
      pass(caller, target);
      back.join();
    } catch (IOException e) {
      // The caller notices.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      shut(caller);
      shut(target);
      open.remove(caller);
      open.remove(target);
    }
  }

  private void pass(Socket from, Socket to) {
    byte[] buffer = new byte[BUFFER_BYTES];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        awaitPassage();
        out.write(buffer, 0, count);
      }
    } catch (IOException e) {
      // One side is gone: so is the other.
    } finally {
      shut(from);
      shut(to);
    }
  }

  private void awaitPassage() {
    lock.lock();
    try {
      while (stalled) {
        moved.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  private static void shut(Socket socket) {
    try {
      socket.close();
    } catch (IOException _) {
      // It is of no use any more.
    }
  }
}
