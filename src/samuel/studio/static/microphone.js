// An audio worklet: hands over what the microphone hears, as it is.
class Microphone extends AudioWorkletProcessor {
  process(inputs) {
    if (inputs[0].length) this.port.postMessage(inputs[0][0].slice());
    return true;
  }
}
registerProcessor("samuel-microphone", Microphone);
