package org.clarion.deploy.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.clarion.rpc.Endpoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class FaultyLinkTest {
  private ServerSocket echo;
  private FaultyLink link;

  @BeforeEach
  void start() throws IOException {
    echo = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(() -> {
      while (!echo.isClosed()) {
        try {
          Socket caller = echo.accept();
          Thread.ofVirtual().start(() -> repeat(caller));
        } catch (IOException e) {
          return;
        }
      }
    });
    link = new FaultyLink("127.0.0.1:" + echo.getLocalPort());
  }

  private static void repeat(Socket caller) {
    try (caller) {
      caller.getInputStream().transferTo(caller.getOutputStream());
    } catch (IOException e) {
      // The caller is gone.
    }
  }

  @AfterEach
  void stop() throws IOException {
    link.close();
    echo.close();
  }

  private Socket call() throws IOException {
    Endpoint address = Endpoint.parse(link.address());
    Socket socket = new Socket(address.host(), address.port());
    socket.setSoTimeout(10_000);
    return socket;
  }

  @Test
  void passesOnWhatIsSent() throws IOException {
    try (Socket socket = call()) {
      for (int i = 0; i < 100; i++) {
        socket.getOutputStream().write(i);
        assertThat(socket.getInputStream().read()).isEqualTo(i);
      }
    }
  }

  @Test
  void aStallHoldsAndLosesNothing() throws IOException {
    try (Socket socket = call()) {
      socket.getOutputStream().write(1);
      assertThat(socket.getInputStream().read()).isEqualTo(1);
      link.stall(true);
      socket.getOutputStream().write(new byte[]{2, 3});
      socket.setSoTimeout(200);
      assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
      link.stall(false);
      socket.setSoTimeout(10_000);
      assertThat(socket.getInputStream().readNBytes(2)).containsExactly(2, 3);
    }
  }

  @Test
  void aCutBreaksWhatThereIsAndWhatComes() throws IOException {
    try (Socket socket = call()) {
      socket.getOutputStream().write(1);
      assertThat(socket.getInputStream().read()).isEqualTo(1);
      link.cut(true);
      assertThat(ends(socket)).isTrue();
    }
    try (Socket socket = call()) {
      assertThat(ends(socket)).isTrue();
    }
    link.cut(false);
    try (Socket socket = call()) {
      socket.getOutputStream().write(9);
      assertThat(socket.getInputStream().read()).isEqualTo(9);
    }
  }

  private static boolean ends(Socket socket) {
    try {
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }
}
