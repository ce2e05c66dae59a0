package waybill.hop.resume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import waybill.hop.TestService;
import waybill.protocol.Problem;
import waybill.protocol.ProblemException;
import waybill.protocol.Sha256;
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

    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

    private final TestService service = new TestService();

    private static void assertEndedBy(ResumableUpload upload, Problem problem) {
        assertThatThrownBy(upload::answer)
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.problem()).isEqualTo(problem));
    }

    @Test
    void whenTheServerGoesDownNothingIsDecidedAboutTheDelivery() throws Exception {
        ResumableUploads uploads = new ResumableUploads(4, 4, Duration.ofHours(1), 1);
        ResumableUpload upload = uploads.create(service, ONE, HERE);
        assertThat(upload.begun()).isEmpty();
        uploads.close();
        assertEndedBy(upload, Problem.BUSY);
    }

    @Test
    void whatItsCreatorEndedIsGone() throws Exception {
        try (ResumableUploads uploads = new ResumableUploads(4, 4, Duration.ofHours(1), 1)) {
            ResumableUpload upload = uploads.create(service, ONE, HERE);
            assertThat(upload.begun()).isEmpty();
            uploads.terminate(upload);
            assertEndedBy(upload, Problem.GONE);
        }
    }

    @Test
    void whoBeginsAndEndsThemLeavesNothingBehind() throws Exception {
        try (ResumableUploads uploads = new ResumableUploads(4, 4, Duration.ofHours(1), 1)) {
            for (int i = 0; i < 40; i++) {
                ResumableUpload upload = uploads.create(service, ONE, HERE);
                assertThat(upload.begun()).isEmpty();
                uploads.terminate(upload);
            }
            Awaitility.await().untilAsserted(() -> assertThat(uploads.threads()).isZero());
            assertThat(service.failures).hasSize(40);
        }
    }

    private static ResumableUploads.Description of(int task, Optional<Sha256> digest) {
        return new ResumableUploads.Description(
                TaskId.parse("019a8c1e-0000-7000-8000-00000000000" + task),
                10,
                digest,
                Optional.empty(),
                Optional.empty(),
                0);
    }

    private static final Optional<Sha256> DIGEST = Optional.of(Sha256.of(new byte[10]));

    private ResumableUpload begin(ResumableUploads uploads, ResumableUploads.Description described, String peer)
            throws Exception {
        ResumableUpload upload = uploads.create(service, described, InetAddress.getByName(peer));
        assertThat(upload.begun()).isEmpty();
        return upload;
    }

    private boolean isKnown(ResumableUploads uploads, ResumableUpload upload) {
        return uploads.find(service, upload.token()).isPresent();
    }

    @Test
    void whoBeginsTheSameAnewHasItOnce() throws Exception {
        try (ResumableUploads uploads = new ResumableUploads(9, 2, Duration.ofHours(1), 1)) {
            ResumableUpload first = begin(uploads, of(1, DIGEST), "127.0.0.1");
            for (int i = 0; i < 5; i++) {
                ResumableUpload next = begin(uploads, of(1, DIGEST), "127.0.0.1");
                assertThat(service.failures)
                        .as("the room is back before the next is taken")
                        .hasSize(i + 1);
                assertThat(isKnown(uploads, next)).isTrue();
            }
            assertEndedBy(first, Problem.GONE);
            assertThat(isKnown(uploads, first)).isFalse();
        }
    }

    @Test
    void whatIsNotTheSameIsLeftAlone() throws Exception {
        try (ResumableUploads uploads = new ResumableUploads(9, 9, Duration.ofHours(1), 1)) {
            ResumableUpload first = begin(uploads, of(1, DIGEST), "127.0.0.1");
            ResumableUpload unknown = begin(uploads, of(1, Optional.empty()), "127.0.0.1");
            begin(uploads, of(1, DIGEST), "127.0.0.2");
            begin(uploads, of(2, DIGEST), "127.0.0.1");
            begin(uploads, of(1, Optional.of(Sha256.of(new byte[9]))), "127.0.0.1");
            begin(uploads, of(1, Optional.empty()), "127.0.0.1");
            uploads.create(new TestService(), of(1, DIGEST), HERE);
            assertThat(isKnown(uploads, first)).isTrue();
            assertThat(isKnown(uploads, unknown)).isTrue();

            try (ResumableUpload.Turn _ = first.take(() -> {})) {
                begin(uploads, of(1, DIGEST), "127.0.0.1");
                assertThat(isKnown(uploads, first)).as("a request brings it").isTrue();
            }
        }
    }

    @Test
    void whereThereAreTooManyTheLeastLossMakesWay() throws Exception {
        try (ResumableUploads uploads = new ResumableUploads(4, 9, Duration.ofHours(1), 1)) {
            ResumableUpload held = begin(uploads, of(1, DIGEST), "127.0.0.1");
            ResumableUpload some = begin(uploads, of(2, DIGEST), "127.0.0.2");
            ResumableUpload none = begin(uploads, of(3, DIGEST), "127.0.0.3");
            ResumableUpload newer = begin(uploads, of(4, DIGEST), "127.0.0.4");
            try (ResumableUpload.Turn turn = some.take(() -> {})) {
                turn.receive(new ByteArrayInputStream(new byte[3]));
            }
            try (ResumableUpload.Turn _ = held.take(() -> {})) {
                ResumableUpload fifth = begin(uploads, of(5, DIGEST), "127.0.0.5");
                assertEndedBy(none, Problem.BUSY);
                assertThat(isKnown(uploads, none)).isFalse();
                try (ResumableUpload.Turn _ = newer.take(() -> {});
                        ResumableUpload.Turn _ = fifth.take(() -> {})) {
                    begin(uploads, of(6, DIGEST), "127.0.0.6");
                    assertEndedBy(some, Problem.BUSY);
                }
                assertThat(isKnown(uploads, held)).isTrue();
                assertThat(isKnown(uploads, newer)).isTrue();
            }
        }
    }

    @Test
    void whatIsDecidedOrUnderWayNeverMakesWay() throws Exception {
        try (ResumableUploads uploads = new ResumableUploads(1, 9, Duration.ofHours(1), 1)) {
            ResumableUpload done = begin(uploads, of(1, DIGEST), "127.0.0.1");
            try (ResumableUpload.Turn turn = done.take(() -> {})) {
                turn.receive(new ByteArrayInputStream(new byte[10]));
                turn.finish();
            }
            ResumableUpload held = begin(uploads, of(1, DIGEST), "127.0.0.1");
            try (ResumableUpload.Turn _ = held.take(() -> {})) {
                assertThatThrownBy(() -> begin(uploads, of(3, DIGEST), "127.0.0.3"))
                        .isInstanceOfSatisfying(
                                ProblemException.class,
                                e -> assertThat(e.problem()).isEqualTo(Problem.BUSY));
            }
            assertThat(isKnown(uploads, done)).isTrue();
            assertThat(isKnown(uploads, held)).isTrue();
        }
    }
}
