package org.probity.chain;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.SocketFactory;

/**
 * Sockets through which not more than a given number of bytes come until {@link #restart} is
 * called. The WebSocket library gathers a message of any length in memory before it tells of it;
 * this bounds what it can gather.
 */
final class BoundedSockets extends SocketFactory {

  /** More came than a message may have. */
  static final class TooLong extends IOException {
    private static final long serialVersionUID = 1L;
  }

  private final long most;
  private final AtomicLong came = new AtomicLong();

  BoundedSockets(long most) {
    this.most = most;
  }

  /** A message is complete: the next one may be as long again. */
  void restart() {
    came.set(0);
  }

  private int count(int bytes) throws IOException {
    if (bytes > 0 && came.addAndGet(bytes) > most) {
      throw new TooLong();
    }
    return bytes;
  }

  @Override
  public Socket createSocket() {
    return new Socket() {
      @Override
      public InputStream getInputStream() throws IOException {
        return new FilterInputStream(super.getInputStream()) {
          @Override
          public int read() throws IOException {
            int one = super.read();
            count(one < 0 ? 0 : 1);
            return one;
          }

          @Override
          public int read(byte[] into, int offset, int length) throws IOException {
            return count(super.read(into, offset, length));
          }
        };
      }
    };
  }

  // The library connects sockets itself.

  @Override
  public Socket createSocket(String host, int port) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress local, int localPort) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Socket createSocket(InetAddress host, int port) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
    throw new UnsupportedOperationException();
  }
}
