package waybill.hop.server;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyManagementException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * A TLS context that speaks TLS 1.3 and nothing older.
 *
 * <p>Helidon takes the sockets of accepted connections straight from the context and sets no parameters on them, so the
 * context itself has to hand them out ready: a plain JDK context lets a client talk a server down to TLS 1.2.
 */
final class ServerTls extends SSLContext {
    private static final String[] PROTOCOLS = {"TLSv1.3"};

    private final OnlyNewest newest;

    private ServerTls(OnlyNewest newest, SSLContext context) {
        super(newest, context.getProvider(), context.getProtocol());
        this.newest = newest;
    }

    /** The context of a server with this identity; it asks for no client certificate and trusts nobody. */
    static ServerTls of(ServerIdentity identity) {
        SSLContext context = context(identity);
        return new ServerTls(new OnlyNewest(context), context);
    }

    /** Another identity from now on; connections that are open keep the one they began with. */
    void become(ServerIdentity identity) {
        newest.context = context(identity);
    }

    private static SSLContext context(ServerIdentity identity) {
        try {
            char[] none = new char[0];
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(null, none);
            keys.setKeyEntry("server", identity.key(), none, identity.chain().toArray(X509Certificate[]::new));
            KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(keys, none);
            SSLContext context = SSLContext.getInstance("TLSv1.3");
            context.init(managers.getKeyManagers(), new TrustManager[0], null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException("the key and certificates make no TLS identity: " + e.getMessage(), e);
        }
    }

    private static final class OnlyNewest extends SSLContextSpi {
        private volatile SSLContext context;

        OnlyNewest(SSLContext context) {
            this.context = context;
        }

        @Override
        protected void engineInit(
                KeyManager @Nullable [] keys, TrustManager @Nullable [] trust, @Nullable SecureRandom random)
                throws KeyManagementException {
            throw new KeyManagementException("made ready");
        }

        @Override
        protected SSLSocketFactory engineGetSocketFactory() {
            return new Factory(() -> context.getSocketFactory());
        }

        @Override
        protected SSLServerSocketFactory engineGetServerSocketFactory() {
            return context.getServerSocketFactory();
        }

        @Override
        protected SSLEngine engineCreateSSLEngine() {
            return newest(context.createSSLEngine());
        }

        @Override
        protected SSLEngine engineCreateSSLEngine(String host, int port) {
            return newest(context.createSSLEngine(host, port));
        }

        @Override
        protected SSLSessionContext engineGetServerSessionContext() {
            return context.getServerSessionContext();
        }

        @Override
        protected SSLSessionContext engineGetClientSessionContext() {
            return context.getClientSessionContext();
        }

        private static SSLEngine newest(SSLEngine engine) {
            engine.setEnabledProtocols(PROTOCOLS);
            return engine;
        }
    }

    private static final class Factory extends SSLSocketFactory {
        /** Asked each time, since the server keeps the factory while its identity may change. */
        private final Supplier<SSLSocketFactory> sockets;

        Factory(Supplier<SSLSocketFactory> sockets) {
            this.sockets = sockets;
        }

        @Override
        public Socket createSocket(Socket accepted, @Nullable InputStream consumed, boolean autoClose)
                throws IOException {
            SSLSocket socket = (SSLSocket) sockets.get().createSocket(accepted, consumed, autoClose);
            socket.setEnabledProtocols(PROTOCOLS);
            return socket;
        }

        @Override
        public String[] getDefaultCipherSuites() {
            return sockets.get().getDefaultCipherSuites();
        }

        @Override
        public String[] getSupportedCipherSuites() {
            return sockets.get().getSupportedCipherSuites();
        }

        @Override
        public Socket createSocket(Socket socket, String host, int port, boolean autoClose) throws IOException {
            throw dialling();
        }

        @Override
        public Socket createSocket(String host, int port) throws IOException {
            throw dialling();
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress local, int localPort) throws IOException {
            throw dialling();
        }

        @Override
        public Socket createSocket(InetAddress host, int port) throws IOException {
            throw dialling();
        }

        @Override
        public Socket createSocket(InetAddress address, int port, InetAddress local, int localPort) throws IOException {
            throw dialling();
        }

        private static IOException dialling() {
            return new IOException("a server's context dials nobody");
        }
    }
}
