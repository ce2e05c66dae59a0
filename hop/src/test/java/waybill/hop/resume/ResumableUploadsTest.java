package waybill.hop.resume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import waybill.hop.TestService;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.TaskId;

/** What is left of uploads. */
class ResumableUploadsTest {
    private static final ResumableUploads.Description ONE = new ResumableUploads.Description(
            TaskId.parse("019a8c1e-0000-7000-8000-000000000001"),
            10,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            0);

    private final TestService service = new TestService();

    private static void assertEndedBy(ResumableUpload upload, Problem problem) {
        assertThatThrownBy(upload::answer)
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.problem()).isEqualTo(problem));
    }

    @Test
    void whenTheServerGoesDownNothingIsDecidedAboutTheDelivery() throws Exception {
        ResumableUploads uploads = new ResumableUploads(4, 4, Duration.ofHours(1), 1);
        ResumableUpload upload = uploads.create(service, ONE, InetAddress.getLoopbackAddress());
        assertThat(upload.begun()).isEmpty();
        uploads.close();
        assertEndedBy(upload, Problem.BUSY);
    }

    @Test
    void whatItsCreatorEndedIsGone() throws Exception {
        try (ResumableUploads uploads = new ResumableUploads(4, 4, Duration.ofHours(1), 1)) {
            ResumableUpload upload = uploads.create(service, ONE, InetAddress.getLoopbackAddress());
            assertThat(upload.begun()).isEmpty();
            uploads.terminate(upload);
            assertEndedBy(upload, Problem.GONE);
        }
    }

    @Test
    void whoBeginsAndEndsThemLeavesNothingBehind() throws Exception {
        try (ResumableUploads uploads = new ResumableUploads(4, 4, Duration.ofHours(1), 1)) {
            for (int i = 0; i < 40; i++) {
                ResumableUpload upload = uploads.create(service, ONE, InetAddress.getLoopbackAddress());
                assertThat(upload.begun()).isEmpty();
                uploads.terminate(upload);
            }
            Awaitility.await().untilAsserted(() -> assertThat(uploads.threads()).isZero());
            assertThat(service.failures).hasSize(40);
        }
    }
}
