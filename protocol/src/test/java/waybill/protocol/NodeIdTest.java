package waybill.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import org.junit.jupiter.api.Test;

class NodeIdTest {
    @Test
    void isTheDigestOfTheSubjectPublicKeyInfo() throws NoSuchAlgorithmException {
        PublicKey key = KeyPairGenerator.getInstance("EC").generateKeyPair().getPublic();

        assertThat(NodeId.of(key))
                .hasToString(Sha256.of(key.getEncoded()).base64Url())
                .isEqualTo(NodeId.parse(Sha256.of(key.getEncoded()).base64Url()));
    }

    @Test
    void isWrittenIn43CharactersOfBase64Url() {
        NodeId node = new NodeId(Sha256.of(new byte[0]));

        assertThat(node.toString()).matches("[A-Za-z0-9_-]{43}");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NodeId.parse(node.spki().hex()));
    }
}
