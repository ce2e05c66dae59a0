package waybill.hop.client;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;
import waybill.hop.Peer;
import waybill.protocol.NodeId;

/**
 * TLS 1.3 towards peers, each identity with a context of its own, so that no session is ever resumed for another. Nothing
 * of the JVM's defaults is changed. Safe for use by several threads.
 */
final class PeerTls {
    private static final int MAX_CONTEXTS = 64;
    private static final String[] PROTOCOLS = {"TLSv1.3"};

    private final Map<Peer.Identity, SSLContext> contexts = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Peer.Identity, SSLContext> eldest) {
            return size() > MAX_CONTEXTS;
        }
    };

    /** A socket over the connected one, its handshake still to be made. */
    SSLSocket over(Socket raw, URI base, Peer.Identity identity) throws IOException {
        String host = base.getHost();
        String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        SSLSocket socket =
                (SSLSocket) context(identity).getSocketFactory().createSocket(raw, bare, raw.getPort(), true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setProtocols(PROTOCOLS);
        if (identity instanceof Peer.Identity.Named) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        socket.setSSLParameters(parameters);
        return socket;
    }

    private SSLContext context(Peer.Identity identity) throws IOException {
        synchronized (contexts) {
            SSLContext context = contexts.get(identity);
            if (context == null) {
                context = make(identity);
                contexts.put(identity, context);
            }
            return context;
        }
    }

    private static SSLContext make(Peer.Identity identity) throws IOException {
        try {
            TrustManager[] trust =
                    switch (identity) {
                        case Peer.Identity.Pinned pinned -> new TrustManager[] {new OneKey(pinned.node())};
                        case Peer.Identity.Named named -> anchored(named);
                        case Peer.Identity.Plain _ -> throw new IllegalArgumentException("plain HTTP has no TLS");
                    };
            SSLContext context = SSLContext.getInstance("TLSv1.3");
            context.init(null, trust, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("this JDK cannot speak TLS 1.3: " + e.getMessage(), e);
        }
    }

    private static TrustManager[] anchored(Peer.Identity.Named named) throws GeneralSecurityException, IOException {
        KeyStore anchors = KeyStore.getInstance("PKCS12");
        anchors.load(null, null);
        int count = 0;
        for (X509Certificate anchor : named.anchors()) {
            anchors.setCertificateEntry("named-" + count++, anchor);
        }
        if (named.system()) {
            for (X509Certificate anchor : systemAnchors()) {
                anchors.setCertificateEntry("system-" + count++, anchor);
            }
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(anchors);
        return factory.getTrustManagers();
    }

    private static List<X509Certificate> systemAnchors() throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init((KeyStore) null);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager trust) {
                return List.of(trust.getAcceptedIssuers());
            }
        }
        return List.of();
    }

    /**
     * Trusts whoever holds one key, whatever the certificate says of names and dates: the key is the identity (section 3).
     * That the peer holds it is proved by the handshake's signature.
     */
    private static final class OneKey extends X509ExtendedTrustManager {
        private final NodeId node;

        OneKey(NodeId node) {
            this.node = node;
        }

        private void check(X509Certificate[] chain) throws CertificateException {
            NodeId found = NodeId.of(chain[0].getPublicKey());
            if (!found.equals(node)) {
                throw new CertificateException("the peer is node " + found + ", not " + node);
            }
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine engine)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
                throws CertificateException {
            throw new CertificateException("not a server");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine engine)
                throws CertificateException {
            throw new CertificateException("not a server");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            throw new CertificateException("not a server");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
