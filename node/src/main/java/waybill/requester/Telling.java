package waybill.requester;

import waybill.hop.Upload;
import waybill.requester.Journey.Step;
import waybill.requester.outbox.Carrier;

/**
 * Tells a journey how an upload gets on.
 *
 * @param size of the upload, in bytes
 */
record Telling(Journey journey, Carrier carrier, long size) implements Upload.Progress {
    @Override
    public void sent(long bytes) {
        journey.reached(new Step.Progress(bytes, size));
    }

    @Override
    public void broke(String why) {
        journey.reached(new Step.Broke(carrier, why));
    }

    @Override
    public void goesOn(long from) {
        journey.reached(new Step.GoingOn(carrier, from, size));
    }
}
