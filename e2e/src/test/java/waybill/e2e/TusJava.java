package waybill.e2e;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tus.java.client.ProtocolException;
import io.tus.java.client.TusClient;
import io.tus.java.client.TusExecutor;
import io.tus.java.client.TusURLMemoryStore;
import io.tus.java.client.TusUpload;
import io.tus.java.client.TusUploader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Uploads a file by tus-java-client: {@code TusJava ENDPOINT FILE METADATA-JSON}; says what happened as one line of JSON. */
final class TusJava {
    private TusJava() {}

    /** Uploads it. */
    public static void main(String[] args) throws IOException, ProtocolException {
        ObjectMapper json = new ObjectMapper();
        TusClient client = new TusClient();
        client.setUploadCreationURL(URI.create(args[0]).toURL());
        client.enableResuming(new TusURLMemoryStore());
        TusUpload upload = new TusUpload(Path.of(args[1]).toFile());
        upload.setMetadata(json.readValue(args[2], new TypeReference<Map<String, String>>() {}));
        List<Long> offsets = new ArrayList<>();
        TusExecutor executor = new TusExecutor() {
            @Override
            protected void makeAttempt() throws ProtocolException, IOException {
                TusUploader uploader = client.resumeOrCreateUpload(upload);
                offsets.add(uploader.getOffset());
                uploader.setChunkSize(64 * 1024);
                int sent = uploader.uploadChunk();
                while (sent > -1) {
                    sent = uploader.uploadChunk();
                }
                uploader.finish();
            }
        };
        executor.setDelays(new int[] {100, 200, 400, 800});
        if (!executor.makeAttempts()) {
            throw new IOException("interrupted");
        }
        System.out.println(json.writeValueAsString(Map.of("offsets", offsets)));
    }
}
